/** The three questions to PostgreSQL and the shape of their answers. Each answer is one row; 64-bit numbers come as numbers. */
import { z } from 'zod'

export const SERVER = `
  select split_part(current_setting('server_version'), ' ', 1) as version,
         pg_is_in_recovery() as standby,
         current_setting('max_connections')::int as max_connections,
         (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections`

export const serverRow = z.object({
  version: z.string(),
  standby: z.boolean(),
  max_connections: z.number(),
  connections: z.number(),
})

export const PRIMARY = `
  select coalesce((
           select json_agg(json_build_object(
             'name', application_name,
             'state', coalesce(state, 'hidden'),
             'lag_bytes', greatest(0, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)),
             'lag_seconds', extract(epoch from replay_lag)) order by application_name)
           from pg_stat_replication
           -- A base backup and a WAL archive stream too, but nothing is replayed there.
           where state is distinct from 'backup' and application_name is distinct from 'pg_receivewal'
         ), '[]') as standbys,
         coalesce((
           select json_agg(slot_name order by slot_name) from pg_replication_slots where not active
         ), '[]') as inactive_slots`

export const primaryRow = z.object({
  standbys: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      lag_bytes: z.number().nullable(),
      lag_seconds: z.number().nullable(),
    }),
  ),
  inactive_slots: z.array(z.string()),
})

/** The end of WAL is the farthest that the primary has told of, which may be more than what has arrived. */
export const STANDBY = `
  select coalesce(receiver.status = 'streaming', false) as streaming,
         greatest(0, pg_wal_lsn_diff(
           greatest(pg_last_wal_receive_lsn(), receiver.latest_end_lsn), pg_last_wal_replay_lsn()))::float8 as lag_bytes,
         extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 as replay_age_seconds
  from (select 1) as one left join pg_stat_wal_receiver as receiver on true`

export const standbyRow = z.object({
  streaming: z.boolean(),
  lag_bytes: z.number().nullable(),
  /** Time since the last replayed transaction: a delay only while there is something left to replay. */
  replay_age_seconds: z.number().nullable(),
})
