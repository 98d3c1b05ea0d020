/** What the control plane can do: the estate file, the ledger, the artefact store and the reports. */
import type { Estate } from '../domain/estate.ts'
import type { HistoryQuery, RunRow, TargetBackground } from '../domain/ledger.ts'
import type { WeekMedian } from '../domain/measurements.ts'
import type { RunDocument } from '../domain/report/document.ts'
import type { ArtefactRef } from '../domain/run-record.ts'

export interface Background {
  readonly histories: readonly TargetBackground[]
  readonly weeks: readonly WeekMedian[]
}

export interface Documented {
  readonly artefacts: readonly ArtefactRef[]
}

export interface ControlPlaneActivities {
  /** Today's estate or, when asked for, the last that was right; validated, without secrets. A read: repeating it reads again. */
  readEstate(request?: { readonly orLast: boolean }): Promise<Estate>
  /** What earlier runs say about these targets. A read. */
  recallBackground(request: HistoryQuery): Promise<Background>
  /**
   * Writes findings, measurements, reports and the run itself. Rows are recognised by their keys and artefacts by their
   * content, so a half-done first try is completed, not repeated.
   */
  documentRun(document: RunDocument): Promise<Documented>
  /** Writes the row of a run that ended without a judgement. Recognised by the run id. */
  recordEnd(run: RunRow): Promise<void>
}
