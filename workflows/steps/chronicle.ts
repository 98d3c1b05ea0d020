/** Writes an incident's timeline into the ledger: every entry once, in order, by one writer; a ledger that is away is waited for. */
import { TemporalFailure } from '@temporalio/common'
import { condition, isCancellation, rootCause, sleep } from '@temporalio/workflow'
import type { Incident } from '../../domain/incident/incident.ts'
import { rowOf } from '../../domain/incident/row.ts'
import type { IncidentRow, LedgerRow } from '../../domain/ledger.ts'
import { onControlPlane } from '../proxies.ts'

/** Rows of one call; they are small. */
const BATCH = 50

/** What the next run of the same incident must know. */
export interface ChronicleMemory {
  /** The newest entry that is written or waits in `rows`. */
  readonly entries: number
  readonly rows: readonly IncidentRow[]
}

export interface Chronicle {
  /** Takes the entries that are new in this state. Returns at once. */
  note(incident: Incident): void
  /** Whether everything is written. */
  idle(): boolean
  memory(): ChronicleMemory
  /** Writes no more; what is not written is in the memory. */
  stop(): void
}

/** `number` is 0 until the incident has one; rows wait for it. `failed` is told once for each time that the ledger stays away. */
export function keepChronicle(memory: ChronicleMemory, number: () => number, failed: (why: string) => void): Chronicle {
  let { entries } = memory
  let rows = memory.rows
  let writing: Promise<void> | null = null
  let stopped = false

  const write = async (): Promise<void> => {
    let away = false
    while (rows.length > 0 && !stopped) {
      await condition(() => number() !== 0)
      const batch = rows.slice(0, BATCH)
      try {
        await recordRows(batch, number())
        rows = rows.slice(batch.length)
        away = false
      } catch (error) {
        if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
        if (!away) failed(rootCause(error) ?? error.message)
        away = true
        await sleep('5 minutes', { summary: 'then try the ledger again' })
      }
    }
  }

  const start = (): void => {
    if (writing !== null || rows.length === 0 || stopped) return
    writing = write()
      .catch(error => {
        if (!isCancellation(error)) throw error
        stopped = true
      })
      .finally(() => {
        writing = null
        start()
      })
  }

  start()
  return {
    note(incident) {
      const fresh = incident.timeline.filter(({ seq }) => seq > entries)
      if (fresh.length === 0) return
      rows = [...rows, ...fresh.map(entry => rowOf(incident, entry))]
      entries = incident.entries
      start()
    },
    idle: () => rows.length === 0,
    memory: () => ({ entries, rows }),
    stop() {
      stopped = true
    },
  }
}

/** Rows were made when the number may not have been known. */
export async function recordRows(
  rows: readonly IncidentRow[],
  number: number,
  patience: 'idempotent' | 'briefly' = 'idempotent',
): Promise<void> {
  const batch: readonly LedgerRow[] = rows.map(row => ({ table: 'incidents', row: { ...row, number } }))
  await onControlPlane(patience, `Write ${rows.length} of the timeline into the ledger`).record(batch)
}
