/** The few connections that a process holds to the ledger, with deadlines on every wait. */
import pg, { type PoolClient, type PoolConfig, type QueryResultRow } from 'pg'
import { ledgerFailure } from './failure.ts'

/** Where the ledger is and as whom to speak to it. */
export type LedgerConnection = Readonly<
  Pick<PoolConfig, 'connectionString' | 'host' | 'port' | 'database' | 'user' | 'password' | 'ssl'>
>

export interface Connection {
  query<Row extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<readonly Row[]>
  /** Commits when `work` resolves, rolls back when it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export type Query = Connection['query']

export function connect(address: LedgerConnection): Connection {
  const pool = open(address)
  pool.on('error', ignore)

  async function borrow<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | null = null
    let broken = true
    try {
      client = await pool.connect()
      client.on('error', ignore)
      const result = await work(client)
      broken = false
      return result
    } catch (cause) {
      throw ledgerFailure(cause)
    } finally {
      client?.off('error', ignore)
      // After a failure nobody knows what the connection is in the middle of.
      client?.release(broken)
    }
  }

  return {
    query: (text, values) => borrow(client => queryOn(client)(text, values)),
    transaction: work =>
      borrow(async client => {
        await client.query('BEGIN')
        // Closing a broken connection rolls back.
        const result = await work(queryOn(client))
        await client.query('COMMIT')
        return result
      }),
    close: () => pool.end(),
  }
}

/** A broken connection fails its query or is replaced at the next use; without a listener it would also end the process. */
function ignore(): void {}

function queryOn(client: PoolClient): Query {
  return async <Row extends QueryResultRow>(text: string, values: readonly unknown[]) =>
    (await client.query<Row>(text, [...values])).rows
}

function open(address: LedgerConnection): pg.Pool {
  try {
    return new pg.Pool({
      ...address,
      application_name: 'ops-ledger',
      max: 4,
      connectionTimeoutMillis: 5_000,
      // The server gives up first and says why; the client's own deadline is for a server that says nothing at all.
      statement_timeout: 10_000,
      query_timeout: 12_000,
      // A worker that dies in the middle must not keep the lock of all others.
      idle_in_transaction_session_timeout: 15_000,
      keepAlive: true,
      allowExitOnIdle: true,
    })
  } catch (cause) {
    throw ledgerFailure(cause)
  }
}
