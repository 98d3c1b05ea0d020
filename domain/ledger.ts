/** Rows of the ledger: append-only, each chained to the one before it (design: Ledger). */
import type { Finding } from './findings.ts'
import type { DailyValue, Measurement } from './measurements.ts'
import type { ArtefactRef, RunStatus, TargetVerdict } from './run-record.ts'
import type { Verdict } from './verdicts.ts'

export interface RunIdentity {
  readonly workflowId: string
  readonly runId: string
}

export interface RunRow extends RunIdentity {
  readonly procedure: string
  readonly target: string
  readonly nominalTime: string
  /** Local day of the nominal time in the estate's zone, YYYY-MM-DD. */
  readonly day: string
  readonly startedAt: string
  readonly closedAt: string
  readonly status: RunStatus
  readonly verdict: Verdict
  readonly targets: readonly TargetVerdict[]
}

export interface FindingRow extends RunIdentity, Finding {
  readonly nominalTime: string
}

export interface MeasurementRow extends RunIdentity, Measurement {
  readonly procedure: string
  readonly nominalTime: string
  readonly day: string
}

export interface ArtefactRow extends RunIdentity, ArtefactRef {}

/** Something that happened outside a run and that runs must know, such as a planned restart. */
export interface EventRow {
  /** Makes a repeated write recognisable. */
  readonly id: string
  readonly kind: 'planned-restart' | 'note'
  readonly target: string
  readonly at: string
  readonly reason: string
  readonly by: string
}

export type LedgerRow =
  | { readonly table: 'runs'; readonly row: RunRow }
  | { readonly table: 'findings'; readonly row: FindingRow }
  | { readonly table: 'measurements'; readonly row: MeasurementRow }
  | { readonly table: 'artefacts'; readonly row: ArtefactRow }
  | { readonly table: 'events'; readonly row: EventRow }

export type LedgerTable = LedgerRow['table']

/** What identifies a row, so that a retried write adds nothing. */
export function rowKey(entry: LedgerRow): string {
  switch (entry.table) {
    case 'runs':
      return entry.row.runId
    case 'findings':
      return `${entry.row.runId}/${entry.row.target}/${entry.row.id}`
    case 'measurements':
      return `${entry.row.runId}/${entry.row.target}/${entry.row.metric}`
    case 'artefacts':
      return `${entry.row.runId}/${entry.row.kind}/${entry.row.sha256}`
    case 'events':
      return entry.row.id
  }
}

/** The stored text of a row: JSON with sorted keys, so that equal rows have equal text. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}

/** The text over which a row's hash is taken; the hash itself needs a tool and is taken in the adapter. */
export function chainedText(
  previousHash: string,
  sequence: number,
  table: LedgerTable,
  key: string,
  body: string,
): string {
  return [previousHash, String(sequence), table, key, body].join('\n')
}

/** The hash before the first row. */
export const GENESIS = '0'.repeat(64)

export interface ChainHead {
  readonly sequence: number
  readonly hash: string
}

/** What earlier runs say about a target: enough to tell growth from a first sight. */
export interface TargetHistory {
  readonly target: string
  /** Null before the first run. */
  readonly last: {
    readonly nominalTime: string
    readonly bootId: string | null
    readonly restarts: number | null
  } | null
  /** Planned restarts since that run. */
  readonly plannedRestarts: readonly EventRow[]
  readonly days: readonly DailyValue[]
  /** Findings of the last run, for "what changed". */
  readonly lastFindings: readonly { readonly id: string; readonly verdict: Finding['verdict'] }[]
}
