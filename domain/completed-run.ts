/** The record of a run that has come to its end and only read: nothing was planned, and nobody was asked. */
import type { RunRecord } from './run-record.ts'

/** What is known of a run from its beginning. */
export type BegunRun = Pick<RunRecord, 'procedure' | 'workflowId' | 'runId' | 'target' | 'nominalTime' | 'startedAt'>

/** What the run has found. */
export type RunOutcome = Pick<RunRecord, 'verdict' | 'targets' | 'findings' | 'artefacts'> & {
  readonly closedAt: string
}

export function completedRecord(run: BegunRun, outcome: RunOutcome): RunRecord {
  const { procedure, workflowId, runId, target, nominalTime, startedAt } = run
  const { closedAt, verdict, targets, findings, artefacts } = outcome
  return {
    procedure,
    workflowId,
    runId,
    target,
    nominalTime,
    startedAt,
    closedAt,
    status: 'completed',
    verdict,
    targets,
    findings,
    plan: null,
    digest: null,
    gates: [],
    artefacts,
  }
}
