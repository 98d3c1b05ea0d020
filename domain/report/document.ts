/** All that a run hands over to be written down: once, so that its history stays small. */

import type { LogPattern } from '../facts.ts'
import type { TrendRow } from '../measurements.ts'
import type { ChecklistStep } from '../progress.ts'
import type { RunRecord } from '../run-record.ts'

/** The timed handshakes of one host, for the distribution plot. */
export interface Latencies {
  readonly target: string
  readonly samplesMs: readonly number[]
}

export interface TargetPatterns {
  readonly target: string
  readonly errors: readonly LogPattern[]
  readonly warnings: readonly LogPattern[]
}

export interface RunDocument {
  readonly title: string
  readonly estate: string
  readonly timezone: string
  /** Local day that the run stands for, YYYY-MM-DD. */
  readonly day: string
  /** Its artefacts are the ones that exist before the report. */
  readonly record: RunRecord
  /** The one group of steps that the run was limited to; absent when it looked at everything. */
  readonly only?: string
  readonly trends: readonly TrendRow[]
  readonly latencies: readonly Latencies[]
  readonly patterns: readonly TargetPatterns[]
  readonly checklist: readonly ChecklistStep[]
}
