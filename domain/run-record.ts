/** The record of a run: the workflow's result, the `--json` of the command line, and the report's source (docs/command-line.md). */
import type { Finding } from './findings.ts'
import type { Verdict } from './verdicts.ts'

/** A file in the artefact store, addressed by its content. */
export interface ArtefactRef {
  /** `report-html`, `report-text`, `report-json`, `log-excerpt`, … */
  readonly kind: string
  /** `sha256:<hex>`. */
  readonly ref: string
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

export interface TargetVerdict {
  readonly name: string
  readonly verdict: Verdict
}

export type RunStatus = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out'

export interface RunRecord {
  readonly procedure: string
  readonly workflowId: string
  readonly runId: string
  readonly target: string
  /** ISO time that the run stands for: the schedule's, or the start's. */
  readonly nominalTime: string
  readonly startedAt: string
  readonly closedAt: string | null
  readonly status: RunStatus
  /** Null while it runs. */
  readonly verdict: Verdict | null
  readonly targets: readonly TargetVerdict[]
  readonly findings: readonly Finding[]
  /** What a mutating procedure is about to change; null where nothing is changed. */
  readonly plan: null
  readonly digest: string | null
  readonly gates: readonly never[]
  readonly artefacts: readonly ArtefactRef[]
}
