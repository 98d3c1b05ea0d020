/** What a report shows: what the run handed over, and what the ledger knows beside it. */
import type { ChainHead } from '../ledger.ts'
import type { DailyValue, TrendRow } from '../measurements.ts'
import type { ChecklistStep } from '../progress.ts'
import type { RunRecord } from '../run-record.ts'
import type { FindingVerdict } from '../verdicts.ts'
import type { Latencies, TargetPatterns } from './document.ts'

/** One difference to the last run of the same target. */
export interface Change {
  readonly kind: 'new' | 'worse' | 'better' | 'gone'
  readonly target: string
  /** Id of the finding. */
  readonly id: string
  readonly before: FindingVerdict | null
  readonly now: FindingVerdict | null
  /** The finding's sentence; empty for what is gone. */
  readonly summary: string
}

/** What changed on one target. */
export interface TargetChanges {
  readonly target: string
  /** Nominal time of the run compared with; null when this is the first one. */
  readonly since: string | null
  readonly changes: readonly Change[]
}

/** A number of today with the days behind it, oldest first. */
export interface ReportTrend extends TrendRow {
  readonly week: readonly DailyValue[]
}

export interface ReportModel {
  /** Without the report's own artefacts: a file cannot name its own digest. */
  readonly record: RunRecord
  /** Of the procedure, for example "Morning health check". */
  readonly title: string
  readonly estate: string
  /** IANA zone in which every time is shown. */
  readonly timezone: string
  readonly changes: readonly TargetChanges[]
  readonly trends: readonly ReportTrend[]
  readonly latencies: readonly Latencies[]
  readonly logPatterns: readonly TargetPatterns[]
  /** End of the chain after this run's findings and measurements; null when it is not known. */
  readonly ledgerHead: ChainHead | null
  readonly checklist: readonly ChecklistStep[]
}

/** Drawings as SVG, in the order of the model's trends and latencies; null where there is nothing to draw yet. */
export interface ReportPlots {
  readonly trends: readonly (string | null)[]
  readonly latencies: readonly (string | null)[]
}
