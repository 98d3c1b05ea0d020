/** One short visit to a PostgreSQL: a connection with deadlines, which is given up when whoever asked has gone. */
import pg from 'pg'
import type { Database } from '../../domain/estate.ts'

const CONNECT_MS = 5_000
const STATEMENT_MS = 5_000

/** Throws what the driver throws. The connection is closed in any case. */
export async function withPostgres<T>(
  { host, port, name, user }: Database,
  signal: AbortSignal | undefined,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const client = new pg.Client({
    host,
    port,
    database: name,
    user,
    application_name: 'opencode-acp-ops',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    // The server may hang too, and then nobody keeps its statement timeout.
    query_timeout: STATEMENT_MS + 1_000,
  })
  // A connection that breaks between two statements is told by the next statement.
  client.on('error', () => {})
  const abandon = (): void => void client.end().catch(() => {})
  signal?.addEventListener('abort', abandon, { once: true })
  try {
    await client.connect()
    return await work(client)
  } finally {
    signal?.removeEventListener('abort', abandon)
    await client.end().catch(() => {})
  }
}
