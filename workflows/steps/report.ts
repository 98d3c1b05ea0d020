/** Opens and closes a run: its identity and nominal time, its record in ledger and reports, and an honest end when it is cancelled. */
import { defineSearchAttributeKey, SearchAttributeType, TemporalFailure } from '@temporalio/common'
import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow'
import { localDay } from '../../domain/calendar.ts'
import type { RunRow } from '../../domain/ledger.ts'
import type { RunDocument } from '../../domain/report/document.ts'
import type { RunRecord } from '../../domain/run-record.ts'
import { onControlPlane } from '../proxies.ts'

const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME)

export interface OpenRun {
  readonly procedure: string
  readonly workflowId: string
  readonly runId: string
  readonly target: string
  /** ISO time that the run stands for. */
  readonly nominalTime: string
  readonly scheduled: boolean
  readonly startedAt: string
}

export function openRun(procedure: string, target: string): OpenRun {
  const { workflowId, runId, startTime, typedSearchAttributes } = workflowInfo()
  const nominal = typedSearchAttributes.get(scheduledStart)
  return {
    procedure,
    workflowId,
    runId,
    target,
    nominalTime: (nominal ?? startTime).toISOString(),
    scheduled: nominal !== undefined,
    startedAt: startTime.toISOString(),
  }
}

/** Writes the run down and returns its record, complete with the artefacts. */
export async function report(document: RunDocument): Promise<RunRecord> {
  const { artefacts } = await onControlPlane('idempotent', 'Write ledger and reports (D1.5)').documentRun(document)
  return { ...document.record, artefacts }
}

/**
 * Runs a procedure; when it is cancelled or fails, the ledger still learns how it ended. Any other error is a mistake in this code:
 * Temporal keeps the run open and tries again, and nothing may be written down that a corrected release would contradict.
 */
export async function recordingTheEnd<T>(run: OpenRun, procedure: () => Promise<T>): Promise<T> {
  try {
    return await procedure()
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error
    const status = isCancellation(error) ? 'cancelled' : 'failed'
    await CancellationScope.nonCancellable(() => recordEnd(run, status))
    throw error
  }
}

async function recordEnd(run: OpenRun, status: 'cancelled' | 'failed'): Promise<void> {
  const { scheduled: _, ...identity } = run
  const row: RunRow = {
    ...identity,
    // The estate may not have been read yet, so this day is UTC's.
    day: localDay(run.nominalTime, 'UTC'),
    closedAt: new Date().toISOString(),
    status,
    verdict: 'unknown',
    targets: [],
  }
  try {
    await onControlPlane('briefly', `Record that the run was ${status}`).recordEnd(row)
  } catch (error) {
    // The end itself stays visible in Temporal; a ledger that is away must not keep a cancelled run open.
    log.warn('the end of the run is not in the ledger', { error })
  }
}
