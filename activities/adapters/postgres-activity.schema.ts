/** Who does what in PostgreSQL and who waits for whom: counts, ages and lock names, never the text of a query. */
import { z } from 'zod'

export const GROUPS = `
  select coalesce(usename, '-') as user, coalesce(application_name, '') as application,
         coalesce(state, backend_type, '-') as state,
         coalesce(wait_event_type || '/' || wait_event, '') as waits_for,
         count(*)::int as connections,
         coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 as oldest_seconds
  from pg_stat_activity
  where pid <> pg_backend_pid() and backend_type = 'client backend'
  group by 1, 2, 3, 4 order by connections desc, oldest_seconds desc limit 50`

export const BLOCKED = `
  select waiting.pid, coalesce(waiting.usename, '-') as user,
         extract(epoch from clock_timestamp() - coalesce(lock.waitstart, waiting.query_start))::float8 as wait_seconds,
         coalesce(lock.locktype || ' ' || lock.mode, 'unknown') as lock,
         lock.relation::regclass::text as relation,
         array_to_json(pg_blocking_pids(waiting.pid)) as blocked_by
  from pg_stat_activity as waiting
  left join lateral (
    select locktype, mode, relation, waitstart from pg_locks where pid = waiting.pid and not granted limit 1
  ) as lock on true
  where cardinality(pg_blocking_pids(waiting.pid)) > 0
  order by wait_seconds desc nulls last limit 50`

export const groupRows = z.array(
  z.object({
    user: z.string(),
    application: z.string(),
    state: z.string(),
    waits_for: z.string(),
    connections: z.number(),
    oldest_seconds: z.number(),
  }),
)

export const blockedRows = z.array(
  z.object({
    pid: z.number(),
    user: z.string(),
    wait_seconds: z.number().nullable(),
    lock: z.string(),
    relation: z.string().nullable(),
    blocked_by: z.array(z.number()),
  }),
)
