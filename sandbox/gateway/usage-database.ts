// PostgreSQL for the usage writer: one connection, made again after a failure, and one
// transaction a batch. Every statement may be repeated: ids come from the gateway, so a batch
// whose acknowledgement was lost changes nothing the second time.
import pg from 'pg'

export type Table = 'sessions' | 'requests' | 'tool_calls'
export type Row = Readonly<Record<string, string | number | null>>
export type Batch = Readonly<Record<Table, Map<string, Row>>>
export type Database = ReturnType<typeof connectUsage>

const INSERT: Readonly<Record<Table, string>> = {
  sessions: `insert into sessions select * from json_populate_recordset(null::sessions, $1)
    on conflict (id) do update set closed_at = excluded.closed_at, closed_by = excluded.closed_by,
      connection = excluded.connection, gateway = excluded.gateway, run = excluded.run`,
  requests: `insert into requests select * from json_populate_recordset(null::requests, $1) on conflict (id) do nothing`,
  tool_calls: `insert into tool_calls select * from json_populate_recordset(null::tool_calls, $1)
    on conflict (session, id) do update set status = excluded.status, title = coalesce(nullif(excluded.title, ''), tool_calls.title)`,
}

/** `run` is this process: sessions that another one left open are closed when this one becomes the writer. */
export function connectUsage(connectionString: string, run: string) {
  let client: pg.Client | undefined
  let hasTidied = false

  const connected = async (): Promise<pg.Client> => {
    if (client) return client
    const next = new pg.Client({
      connectionString,
      application_name: 'opencode-gateway',
      connectionTimeoutMillis: 3000,
      query_timeout: 30_000,
    })
    // A connection that breaks while idle says so here, and only here.
    next.on('error', () => forget(next))
    await next.connect()
    client = next
    hasTidied = false
    return next
  }

  const forget = (broken: pg.Client | undefined) => {
    if (client === broken) client = undefined
    broken?.end().catch(() => undefined)
  }

  const attempt = async <T>(work: (connection: pg.Client) => Promise<T>): Promise<T> => {
    try {
      return await work(await connected())
    } catch (error) {
      forget(client)
      throw error
    }
  }

  return {
    isPrimary: () =>
      attempt(async connection => {
        const answer = await connection.query<{ standby: boolean }>('select pg_is_in_recovery() as standby')
        return answer.rows[0]?.standby === false
      }),
    write: (batch: Batch) =>
      attempt(async connection => {
        await connection.query('begin')
        if (!hasTidied) {
          await connection.query(
            `update sessions set closed_at = now(), closed_by = 'gateway' where closed_at is null and run <> $1`,
            [run],
          )
        }
        for (const table of ['sessions', 'requests', 'tool_calls'] as const) {
          if (batch[table].size > 0) await connection.query(INSERT[table], [toJson([...batch[table].values()])])
        }
        await connection.query('commit')
        hasTidied = true
      }),
    /** Whether the database refuses the rows themselves (SQLSTATE classes 22 and 23). */
    isRefused: (error: unknown) => error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? ''),
    async close(): Promise<void> {
      await client?.end()
    },
  }
}

// PostgreSQL's text cannot hold a NUL, which a method's name or a title may.
const toJson = (rows: readonly Row[]) => JSON.stringify(rows).replaceAll('\\u0000', '')
