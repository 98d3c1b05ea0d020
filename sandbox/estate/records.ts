/**
 * Small files that say which process is what (folder/run/NAME.json), written the moment it starts. They are how a
 * start finds what a killed run of the same estate left behind, and how other terminals find the hosts.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, type ProcessId } from './proc.ts'

export interface ProcessRecord extends ProcessId {
  readonly name: string
  readonly command: string
}

export function writeRecord(folder: string, record: ProcessRecord): void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${record.name}.json`)
  writeFileSync(`${file}.new`, `${JSON.stringify(record)}\n`)
  renameSync(`${file}.new`, file)
}

export function removeRecord(folder: string, name: string): void {
  rmSync(join(folder, `${name}.json`), { force: true })
}

export function readRecord(folder: string, name: string): ProcessRecord | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
    return isRecord(found) ? found : undefined
  } catch {
    return undefined
  }
}

export function readRecords(folder: string): readonly ProcessRecord[] {
  let files: readonly string[]
  try {
    files = readdirSync(folder)
  } catch {
    return []
  }
  return files
    .filter(file => file.endsWith('.json'))
    .map(file => readRecord(folder, file.slice(0, -'.json'.length)))
    .filter(record => record !== undefined)
}

/** The process that a record names, if it still is that process. */
export function liveRecord(folder: string, name: string): ProcessRecord | undefined {
  const record = readRecord(folder, name)
  return record !== undefined && isAlive(record) ? record : undefined
}

function isRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Partial<Record<keyof ProcessRecord, unknown>>
  return typeof record.name === 'string' && Number.isInteger(record.pid) && Number.isInteger(record.startTicks)
}
