/**
 * Tables in memory, written to one file of changes, a line each, before anybody hears of them: a killed stand-in
 * comes back with every message that it acknowledged. A half line at the end is what the kill left; it was never answered.
 */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fieldsOf, parseJson } from './json.ts'

export class Table<Row> {
  readonly rows = new Map<string, Row>()
  readonly #write: (key: string, row: Row | null) => void

  constructor(write: (key: string, row: Row | null) => void) {
    this.#write = write
  }

  get(key: string): Row | undefined {
    return this.rows.get(key)
  }

  put(key: string, row: Row): Row {
    this.#write(key, row)
    this.rows.set(key, row)
    return row
  }

  drop(key: string): boolean {
    if (!this.rows.has(key)) return false
    this.#write(key, null)
    return this.rows.delete(key)
  }
}

export interface Journal {
  table<Row>(name: string): Table<Row>
  close(): void
}

/** Without a folder nothing is kept. */
export function openJournal(folder?: string): Journal {
  const loaded = folder === undefined ? new Map<string, Map<string, unknown>>() : load(join(folder, 'journal.jsonl'))
  let file = folder === undefined ? undefined : compact(folder, loaded)
  return {
    table<Row>(name: string) {
      const table = new Table<Row>((key, row) => {
        if (file !== undefined) writeSync(file, `${JSON.stringify({ table: name, key, row })}\n`)
      })
      // The file is this process's own: what it wrote is what it reads.
      for (const [key, row] of loaded.get(name) ?? []) table.rows.set(key, row as Row)
      return table
    },
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}

function load(path: string): Map<string, Map<string, unknown>> {
  const tables = new Map<string, Map<string, unknown>>()
  for (const line of read(path).split('\n')) {
    const { table, key, row } = fieldsOf(parseJson(line))
    if (typeof table !== 'string' || typeof key !== 'string') continue
    const rows = tables.get(table) ?? new Map<string, unknown>()
    tables.set(table, rows)
    if (row === null) rows.delete(key)
    else rows.set(key, row)
  }
  return tables
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** Writes the present state as a new file in the place of the old one, and opens it for what comes. */
function compact(folder: string, tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>): number {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lines = [...tables].flatMap(([table, rows]) =>
    [...rows].map(([key, row]) => `${JSON.stringify({ table, key, row })}\n`),
  )
  const path = join(folder, 'journal.jsonl')
  writeFileSync(`${path}.new`, lines.join(''), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return openSync(path, 'a', 0o600)
}
