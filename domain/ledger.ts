/** Rows of the ledger: append-only, each chained to the one before it (docs/architecture.md, the ledger). */
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
  /** The one group of steps that the run was limited to; absent when it looked at everything. Later runs compare themselves with full runs only. */
  readonly only?: string
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

export type EventKind =
  | 'planned-restart'
  | 'note'
  | 'failed-check'
  | 'freeze'
  | 'thaw'
  | 'page'
  | 'alert'
  | 'fix'
  | 'change'

/** Something that happened outside a run and that runs must know, such as a planned restart. */
export interface EventRow {
  /** Makes a repeated write recognisable. */
  readonly id: string
  readonly kind: EventKind
  readonly target: string
  readonly at: string
  readonly reason: string
  readonly by: string
}

/** One entry of an incident's timeline, with what the incident was at that moment: lists and times are made of these alone. */
export interface IncidentRow {
  /** INC-number. */
  readonly number: number
  /** Identifies the incident through all its runs. */
  readonly incident: string
  readonly workflowId: string
  /** Of the timeline; 0 is the row that gives the number. */
  readonly entry: number
  readonly at: string
  readonly kind: string
  readonly text: string
  readonly person: string | null
  readonly door: string
  readonly title: string
  readonly severity: string
  readonly category: string
  readonly status: string
  readonly startedAt: string
}

/** A request for a change, a gate that was opened, a try to decide it (also a refused one), its end, or its review. */
export interface DecisionRow {
  readonly approvalId: string
  /** Within the approval: `opened`, `attempt-3`, `closed`. */
  readonly entry: string
  readonly kind: 'request' | 'opened' | 'attempt' | 'closed' | 'review'
  readonly workflowId: string
  readonly at: string
  /** Who tried, as claimed; who asked, for `opened`; `ops` for a machine. */
  readonly person: string
  readonly door: string
  /** approve, deny, breakglass, …; of `closed` the state of the gate. */
  readonly verdict: string
  readonly digest: string
  readonly counted: boolean
  /** The reason given, or why it was refused. */
  readonly text: string
  /** Of `opened` and `review`: the incident that it belongs to, INC-7; absent without one. */
  readonly incident?: string
  /** Of `review`: the signed statement. Anybody may have written the row, so it is read as what it is not. */
  readonly proof?: unknown
}

export type LedgerRow =
  | { readonly table: 'runs'; readonly row: RunRow }
  | { readonly table: 'findings'; readonly row: FindingRow }
  | { readonly table: 'measurements'; readonly row: MeasurementRow }
  | { readonly table: 'artefacts'; readonly row: ArtefactRow }
  | { readonly table: 'events'; readonly row: EventRow }
  | { readonly table: 'incidents'; readonly row: IncidentRow }
  | { readonly table: 'decisions'; readonly row: DecisionRow }

export type LedgerTable = LedgerRow['table']

export const LEDGER_TABLES: readonly LedgerTable[] = [
  'runs',
  'findings',
  'measurements',
  'artefacts',
  'events',
  'incidents',
  'decisions',
]

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
    case 'incidents':
      return `${entry.row.incident}/${entry.row.entry}`
    case 'decisions':
      return `${entry.row.approvalId}/${entry.row.entry}`
  }
}

/** PostgreSQL's text and jsonb hold neither NUL nor half a surrogate pair; logs do. Both become U+FFFD. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** The stored text of a row: JSON with sorted keys, so that equal rows have equal text. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storable(inner)
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    const entries = Object.entries(inner).map(([key, member]): [string, unknown] => [storable(key), member])
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
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

/** What an append did. The head is that of its own last row, so that a retry is told the same one whoever wrote in between. */
export interface AppendReceipt extends ChainHead {
  readonly added: number
  /** Rows that an earlier try had already written. */
  readonly repeated: number
  /** Keys of rows that were already there with another body: the first one stands. */
  readonly conflicting: readonly string[]
}

/** The first place at which the chain does not hold. */
export interface BrokenRow {
  /** Null when no row is left to name: the tail is cut. */
  readonly table: LedgerTable | null
  readonly sequence: number
  readonly key: string | null
  /** What is wrong there, as a sentence. */
  readonly what: string
}

export type LedgerCheck =
  | { readonly kind: 'whole'; readonly rows: number; readonly head: ChainHead }
  | { readonly kind: 'broken'; readonly rows: number; readonly broken: BrokenRow }

/** Which history a run wants to see. */
export interface HistoryQuery {
  readonly procedure: string
  readonly targets: readonly string[]
  /** Nominal time of the asking run, ISO; only what lies before it counts. */
  readonly before: string
  /** How many local days before that of `before`. */
  readonly days: number
  /** IANA zone of the estate. */
  readonly timezone: string
}

/** What earlier runs say about a target: enough to tell growth from a first sight. */
export interface TargetHistory extends TargetBackground {
  readonly days: readonly DailyValue[]
  /** Findings of the last run, for "what changed". */
  readonly lastFindings: readonly { readonly id: string; readonly verdict: Finding['verdict'] }[]
}

/** The part of a history that a judgement needs; small enough for a workflow's history. */
export interface TargetBackground {
  readonly target: string
  /** The last completed run that looked at everything; null before the first one. */
  readonly last: {
    readonly nominalTime: string
    /** Latest observed: a run that found the host silent does not hide the one before it. */
    readonly bootId: string | null
    readonly restarts: number | null
  } | null
  /** Planned restarts since what `last` is based on. */
  readonly plannedRestarts: readonly EventRow[]
}
