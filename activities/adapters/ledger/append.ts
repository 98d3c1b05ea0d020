/** Appends rows to the chain: one transaction, one writer at a time, nothing written twice. */
import { createHash } from 'node:crypto'
import {
  type AppendReceipt,
  type ChainHead,
  canonicalText,
  chainedText,
  GENESIS,
  LEDGER_TABLES,
  type LedgerRow,
  type LedgerTable,
  rowKey,
} from '../../../domain/ledger.ts'
import type { Connection, Query } from './connection.ts'

/** Any number, but everybody's the same: whoever appends to this database holds it until its transaction ends. */
const LOCK = 7_004_177_201

interface Entry {
  readonly table: LedgerTable
  readonly key: string
  readonly body: string
}

interface ChainedEntry extends Entry {
  readonly sequence: number
  readonly previousHash: string
  readonly hash: string
}

export function rowHash(previousHash: string, sequence: number, { table, key, body }: Entry): string {
  return createHash('sha256')
    .update(chainedText(previousHash, sequence, table, key, body))
    .digest('hex')
}

/** A first try that got through is recognised by its keys, which come from run, target and subject, never from the try. */
export function appendRows(connection: Connection, rows: readonly LedgerRow[]): Promise<AppendReceipt> {
  return connection.transaction(async query => {
    await takeTurn(query)
    return await appendInTurn(query, rows)
  })
}

/** Waits until nobody else appends; lasts until the transaction ends. */
export async function takeTurn(query: Query): Promise<void> {
  await query('SELECT pg_advisory_xact_lock($1)', [LOCK])
}

/** The append itself, for transactions that have taken their turn. */
export async function appendInTurn(query: Query, rows: readonly LedgerRow[]): Promise<AppendReceipt> {
  const head = await readHead(query)
  const entries = rows.map(row => ({ table: row.table, key: rowKey(row), body: canonicalText(row.row) }))
  const { fresh, conflicting, lastKnown } = await sortOut(query, entries)
  const chained = chain(head, fresh)
  for (const table of LEDGER_TABLES)
    await insert(
      query,
      table,
      chained.filter(entry => entry.table === table),
    )
  const { sequence, hash } = chained.at(-1) ?? lastKnown ?? head
  return { sequence, hash, added: fresh.length, repeated: rows.length - fresh.length, conflicting }
}

/** The youngest row of all tables; sequence 0 before the first one. */
export async function readHead(query: Query): Promise<ChainHead> {
  const youngest = LEDGER_TABLES.map(table => `(SELECT seq, hash FROM ledger.${table} ORDER BY seq DESC LIMIT 1)`)
  const [row] = await query<{ seq: string; hash: string }>(
    `${youngest.join(' UNION ALL ')} ORDER BY seq DESC LIMIT 1`,
    [],
  )
  return row === undefined ? { sequence: 0, hash: GENESIS } : { sequence: Number(row.seq), hash: row.hash }
}

/** Tells the rows that are new from those that an earlier try, or this very list, already holds. */
async function sortOut(query: Query, entries: readonly Entry[]) {
  const known = new Map<string, string>()
  let lastKnown: ChainHead | null = null
  for (const table of LEDGER_TABLES) {
    const keys = entries.filter(entry => entry.table === table).map(({ key }) => key)
    if (keys.length === 0) continue
    const found = await query<{ key: string; body: string; seq: string; hash: string }>(
      `SELECT key, body, seq, hash FROM ledger.${table} WHERE key = ANY($1) ORDER BY seq`,
      [keys],
    )
    for (const { key, body } of found) known.set(`${table} ${key}`, body)
    const last = found.at(-1)
    if (last !== undefined && Number(last.seq) > (lastKnown?.sequence ?? 0)) {
      lastKnown = { sequence: Number(last.seq), hash: last.hash }
    }
  }
  const fresh: Entry[] = []
  const conflicting: string[] = []
  for (const entry of entries) {
    const name = `${entry.table} ${entry.key}`
    const body = known.get(name)
    if (body === undefined) {
      fresh.push(entry)
      known.set(name, entry.body)
    } else if (body !== entry.body) conflicting.push(entry.key)
  }
  return { fresh, conflicting, lastKnown }
}

function chain(head: ChainHead, entries: readonly Entry[]): readonly ChainedEntry[] {
  let { sequence, hash } = head
  return entries.map(entry => {
    const previousHash = hash
    sequence += 1
    hash = rowHash(previousHash, sequence, entry)
    return { ...entry, sequence, previousHash, hash }
  })
}

async function insert(query: Query, table: LedgerTable, entries: readonly ChainedEntry[]): Promise<void> {
  if (entries.length === 0) return
  await query(
    `INSERT INTO ledger.${table} (seq, key, body, prev_hash, hash)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])`,
    [
      entries.map(entry => entry.sequence),
      entries.map(entry => entry.key),
      entries.map(entry => entry.body),
      entries.map(entry => entry.previousHash),
      entries.map(entry => entry.hash),
    ],
  )
}
