/** What goes on in PostgreSQL right now, summed up: sessions by what they do, and those that wait for a lock. */
import type { Database } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import type { DatabaseActivity } from '../../domain/incident/evidence.ts'
import { redact } from '../../domain/redact.ts'
import { withPostgres } from './postgres.connection.ts'
import { BLOCKED, blockedRows, GROUPS, groupRows } from './postgres-activity.schema.ts'

/** Throws OpsError when the server does not answer or the role may not look. */
export async function readDatabaseActivity(database: Database, signal?: AbortSignal): Promise<DatabaseActivity> {
  try {
    return await withPostgres(database, signal, async client => {
      const groups = groupRows.parse((await client.query(GROUPS)).rows)
      const blocked = blockedRows.parse((await client.query(BLOCKED)).rows)
      return {
        groups: groups.map(({ waits_for: waitsFor, oldest_seconds: oldestSeconds, application, ...row }) => ({
          ...row,
          application: redact(application),
          waitsFor,
          oldestSeconds,
        })),
        blocked: blocked.map(({ wait_seconds, blocked_by: blockedBy, ...row }) => ({
          ...row,
          waitSeconds: wait_seconds ?? 0,
          blockedBy,
        })),
      }
    })
  } catch (cause) {
    signal?.throwIfAborted()
    const said = redact(cause instanceof Error ? cause.message : String(cause)).slice(0, 200)
    const hint = 'PostgreSQL 14 or later and a role with pg_monitor are needed; see its log.'
    throw new OpsError({ owner: 'host', message: `the activity of PostgreSQL cannot be read: ${said}`, hint })
  }
}
