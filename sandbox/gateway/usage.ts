// Use of the service, written to PostgreSQL in batches: at once on a primary, never on a
// standby, and later when the database is away. Traffic never waits for it: rows are kept in a
// bounded queue, and what does not fit is dropped and counted. Every flush asks again whether
// the database is a primary, so a promoted standby begins to write by itself.
import type { Batch, Database, Row, Table } from './usage-database.ts'

export type UsageState = 'none' | 'failing' | 'standby' | 'primary'
export type Usage = ReturnType<typeof createUsage>

const CHECK_MS = 10_000
const BACKOFF_MAX_MS = 30_000

export type UsageOptions = Readonly<{
  database: Database | undefined
  flushMs: number
  queueMax: number
  onRows(outcome: 'written' | 'dropped' | 'standby', count: number): void
  onState(state: UsageState, error?: string): void
}>

export function createUsage({ database, flushMs, queueMax, onRows, onState }: UsageOptions) {
  let queue = emptyBatch()
  let state: UsageState = 'none'
  let checkedAt = 0
  let failures = 0
  let retryAt = 0
  let flushing: Promise<void> | undefined

  const enter = (next: UsageState, error?: string) => {
    if (next !== state) onState(next, error)
    state = next
  }

  const flush = async () => {
    if (!database || Date.now() < retryAt || (size(queue) === 0 && Date.now() - checkedAt < CHECK_MS)) return
    const batch = queue
    queue = emptyBatch()
    try {
      checkedAt = Date.now()
      const isPrimary = await database.isPrimary()
      if (isPrimary && size(batch) > 0) await database.write(batch)
      if (size(batch) > 0) onRows(isPrimary ? 'written' : 'standby', size(batch))
      enter(isPrimary ? 'primary' : 'standby')
      failures = 0
    } catch (error) {
      if (database.isRefused(error)) {
        // The rows themselves are at fault; sending them again would block all later ones.
        onRows('dropped', size(batch))
      } else {
        keep(batch)
      }
      failures += 1
      retryAt = Date.now() + Math.min(BACKOFF_MAX_MS, 500 * 2 ** failures)
      enter('failing', error instanceof Error ? error.message : String(error))
    }
  }

  // What has been saved since is newer than the batch that failed.
  const keep = (batch: Batch) => {
    for (const table of TABLES) for (const [key, row] of batch[table]) if (!queue[table].has(key)) add(table, key, row)
  }

  const add = (table: Table, key: string, row: Row) => {
    if (!queue[table].has(key) && size(queue) >= queueMax) onRows('dropped', 1)
    else queue[table].set(key, row)
  }

  const tick = () => {
    flushing ??= flush().finally(() => {
      flushing = undefined
    })
    return flushing
  }
  const timer = database && setInterval(() => void tick(), flushMs)

  return {
    /** Saves the latest state of a row; a later one with the same key takes its place. */
    save(table: Table, key: string, row: Row): void {
      if (database) add(table, key, row)
    },
    state: () => state,
    queued: () => size(queue),
    /** Writes what is left, within two seconds. */
    async close(): Promise<void> {
      clearInterval(timer)
      retryAt = 0
      const late = new Promise(resolve => setTimeout(resolve, 2000).unref())
      await Promise.race([tick().then(tick), late])
      await Promise.race([database?.close(), late])
    },
  }
}

const TABLES = ['sessions', 'requests', 'tool_calls'] as const satisfies readonly Table[]
const emptyBatch = (): Batch => ({ sessions: new Map(), requests: new Map(), tool_calls: new Map() })
const size = (batch: Batch) => TABLES.reduce((sum, table) => sum + batch[table].size, 0)
