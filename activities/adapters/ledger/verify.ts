/** Proves the chain: reads every row in order, takes every hash anew, and names the first row that does not hold. */
import {
  type BrokenRow,
  type ChainHead,
  GENESIS,
  LEDGER_TABLES,
  type LedgerCheck,
  type LedgerTable,
} from '../../../domain/ledger.ts'
import { rowHash } from './append.ts'
import type { Connection } from './connection.ts'

/** Memory stays at one batch, whatever the ledger has grown to. */
const BATCH = 2_000

interface StoredRow {
  readonly table: LedgerTable
  readonly seq: string
  readonly key: string
  readonly body: string
  readonly prev_hash: string
  readonly hash: string
}

// The last row read is left out by table and number, so that a second row of the same number is still seen.
const NEXT = `${LEDGER_TABLES.map(
  table => `(SELECT '${table}' AS "table", seq, key, body, prev_hash, hash FROM ledger.${table}
     WHERE seq >= $1 AND (seq > $1 OR $2 <> '${table}') ORDER BY seq LIMIT ${BATCH})`,
).join(' UNION ALL ')} ORDER BY seq LIMIT ${BATCH}`

/**
 * `expected` is a head that was written down elsewhere (a report, Slack): without one a tail that was cut off cleanly
 * cannot be told from rows that never were.
 */
export async function verifyChain(connection: Connection, expected?: ChainHead): Promise<LedgerCheck> {
  let head: ChainHead = { sequence: 0, hash: GENESIS }
  let rows = 0
  let lastTable = ''
  for (;;) {
    const batch = await connection.query<StoredRow>(NEXT, [head.sequence, lastTable])
    if (batch.length === 0) break
    for (const row of batch) {
      const what = judge(row, head, expected)
      if (what !== null) return broken(rows, row.table, Number(row.seq), row.key, what)
      head = { sequence: Number(row.seq), hash: row.hash }
      lastTable = row.table
      rows += 1
    }
  }
  if (expected !== undefined && expected.sequence > head.sequence) {
    const what = `the ledger ends at row ${head.sequence}, but a head at row ${expected.sequence} is on record: the tail is cut`
    return broken(rows, null, head.sequence + 1, null, what)
  }
  return { kind: 'whole', rows, head }
}

function judge(row: StoredRow, before: ChainHead, expected: ChainHead | undefined): string | null {
  const sequence = Number(row.seq)
  if (sequence === before.sequence) return `a second row carries the number ${sequence}`
  if (sequence !== before.sequence + 1) {
    const missing = sequence - before.sequence - 1
    return `${missing} row${missing === 1 ? ' is' : 's are'} missing before this one: row ${before.sequence} is followed by ${sequence}`
  }
  if (row.prev_hash !== before.hash)
    return `it does not continue row ${before.sequence}: that row or this one was replaced`
  if (rowHash(row.prev_hash, sequence, row) !== row.hash) return 'its text is not the one that was hashed'
  if (expected?.sequence === sequence && expected.hash !== row.hash) {
    return 'its hash is not the one that is on record: the ledger was written anew up to here'
  }
  return null
}

function broken(
  rows: number,
  table: BrokenRow['table'],
  sequence: number,
  key: string | null,
  what: string,
): LedgerCheck {
  return { kind: 'broken', rows, broken: { table, sequence, key, what } }
}
