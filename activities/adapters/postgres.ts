/**
 * What a PostgreSQL says about itself: version, role, connections, replication. A database that does not answer is a
 * fact and not an error; a role that may not look is an error of configuration and proves nothing about the database.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Database } from '../../domain/estate.ts'
import type { DatabaseFacts, ReplicationFacts } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'
import { withPostgres } from './postgres.connection.ts'
import { PRIMARY, primaryRow, SERVER, STANDBY, serverRow, standbyRow } from './postgres.schema.ts'

/** A standby that is behind for a moment is not late: it is asked again before its delay is believed. */
const LOOKS = 3
const BETWEEN_LOOKS_MS = 500

export async function inspectPostgres(database: Database, signal?: AbortSignal): Promise<DatabaseFacts> {
  try {
    return await withPostgres(database, signal, async client => {
      const server = serverRow.parse((await client.query(SERVER)).rows[0])
      const replication = server.standby ? await standby(client, signal) : await primary(client)
      const { version, connections, max_connections: maxConnections } = server
      return { kind: 'reachable', version, connections, maxConnections, replication }
    })
  } catch (cause) {
    signal?.throwIfAborted()
    return unreachable(cause, database)
  }
}

async function primary(client: pg.Client): Promise<ReplicationFacts> {
  const row = primaryRow.parse((await client.query(PRIMARY)).rows[0])
  const standbys = row.standbys.map(({ name, state, lag_bytes, lag_seconds }) => ({
    name,
    state,
    lagBytes: lag_bytes,
    // The server forgets the delay of a standby that has caught up and is idle.
    lagSeconds: lag_seconds ?? (lag_bytes === 0 ? 0 : null),
  }))
  return { kind: 'primary', standbys, inactiveSlots: row.inactive_slots }
}

async function standby(client: pg.Client, signal: AbortSignal | undefined): Promise<ReplicationFacts> {
  for (let look = 1; ; look += 1) {
    const row = standbyRow.parse((await client.query(STANDBY)).rows[0])
    const hasCaughtUp = row.streaming && row.lag_bytes === 0
    if (hasCaughtUp || !row.streaming || look === LOOKS) {
      const lagSeconds = hasCaughtUp ? 0 : row.replay_age_seconds
      return { kind: 'standby', streaming: row.streaming, lagSeconds, lagBytes: row.lag_bytes }
    }
    await sleep(BETWEEN_LOOKS_MS, undefined, { signal })
  }
}

const AUTHENTICATION = /^28/
const NO_PRIVILEGE = '42501'

function unreachable(cause: unknown, database: Database): DatabaseFacts {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const message = redact(cause instanceof Error ? cause.message || code : String(cause))
  if (AUTHENTICATION.test(code) || code === NO_PRIVILEGE) {
    const hint = `Create the role ${database.user} with pg_monitor and let the host worker's user log in as it (pg_hba.conf, pg_ident.conf).`
    throw new OpsError({ owner: 'permission', message: `PostgreSQL refuses ${database.user}: ${message}`, hint })
  }
  // Not from the server and not from the line: what came back was not understood.
  if (cause instanceof Error && cause.name === 'ZodError') {
    const hint = 'This release reads PostgreSQL 13 and later.'
    throw new OpsError({ owner: 'tool', message: 'the answer of PostgreSQL was not understood', hint })
  }
  return { kind: 'unreachable', reason: inWords(code, message, database) }
}

function inWords(code: string, message: string, { host, port }: Database): string {
  switch (code) {
    case 'ENOENT':
      return `no server listens on the socket ${host}/.s.PGSQL.${port}`
    case 'ECONNREFUSED':
      return `nothing listens at ${host}:${port}`
    default:
      return /timeout|expired/i.test(message) ? `no answer from ${host}:${port} in time (${message})` : message
  }
}
