/** The record of a run as Temporal knows it: its result, or, without one, what its description says. */
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  type WorkflowExecutionStatusName,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import type { ChangeResult } from '../domain/changes.ts'
import type { RunChoice } from '../domain/commands.ts'
import { findProcedure, PROCEDURES } from '../domain/procedures.ts'
import type { RunRecord, RunStatus } from '../domain/run-record.ts'
import type { Verdict } from '../domain/verdicts.ts'
import { usageError } from './exit-codes.ts'
import { opsProcedure, opsVerdict, scheduledStartTime } from './search-attributes.ts'

/** One line of a list. */
export type RunSummary = Pick<
  RunRecord,
  'procedure' | 'workflowId' | 'runId' | 'target' | 'nominalTime' | 'startedAt' | 'closedAt' | 'status' | 'verdict'
>

/** What of a run is enough to sum it up: a line of a list or a description has it. */
type RunInfo = Pick<
  WorkflowExecutionInfo,
  'type' | 'workflowId' | 'runId' | 'status' | 'startTime' | 'typedSearchAttributes'
> & { readonly closeTime?: Date | undefined }

/** Throws ExitError 64 when Temporal knows no such run. */
export async function describeRun(
  client: Client,
  { workflowId, runId }: RunChoice,
): Promise<WorkflowExecutionDescription> {
  try {
    return await client.workflow.getHandle(workflowId, runId ?? undefined).describe()
  } catch (error) {
    // A run id that is not a UUID is refused as an invalid argument.
    const isInvalid = error instanceof Error && /invalid runid/i.test(String(error.cause ?? error))
    if (!(error instanceof WorkflowNotFoundError) && !isInvalid) throw error
    const which = runId === null ? workflowId : `${workflowId}, run ${runId}`
    throw usageError(
      `Temporal knows no run ${which}`,
      '`ops list` shows the runs; older ones are in `ops ledger list`.',
    )
  }
}

export async function readRun(client: Client, choice: RunChoice): Promise<RunRecord> {
  const description = await describeRun(client, choice)
  if (description.status.name !== 'COMPLETED') return withoutResult(description)
  const handle = client.workflow.getHandle<() => Promise<RunRecord>>(description.workflowId, description.runId)
  const result: unknown = await handle.result()
  return isRunRecord(result) ? statusOf(result, 'completed') : withoutResult(description)
}

/** How a run that changes something once people have approved it ended; null for any other one, and for one that goes on or broke off. */
export async function readOutcome(client: Client, record: RunRecord): Promise<ChangeResult | null> {
  if (record.status !== 'completed' || record.verdict !== null) return null
  try {
    const result: unknown = await client.workflow.getHandle(record.workflowId, record.runId).result()
    return isChangeResult(result) ? result : null
  } catch (error) {
    // Temporal has forgotten it; what it came to is in the timeline of its incident.
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

function isChangeResult(result: unknown): result is ChangeResult {
  return typeof result === 'object' && result !== null && 'state' in result && 'outcome' in result
}

/** Incidents, alerts and changes end with a result of their own. */
function isRunRecord(result: unknown): result is RunRecord {
  return typeof result === 'object' && result !== null && 'findings' in result && 'procedure' in result
}

function statusOf(record: RunRecord, status: RunStatus): RunRecord {
  return { ...record, status }
}

/** A run that is not over, or ended without a result: nothing was judged. */
export function withoutResult(info: RunInfo): RunRecord {
  return { ...summarize(info), targets: [], findings: [], plan: null, digest: null, gates: [], artefacts: [] }
}

export function summarize(info: RunInfo): RunSummary {
  const status = STATUS[info.status.name]
  const procedure =
    info.typedSearchAttributes.get(opsProcedure) ??
    PROCEDURES.find(({ workflowType }) => workflowType === info.type)?.id ??
    info.type
  return {
    procedure,
    workflowId: info.workflowId,
    runId: info.runId,
    target: targetOf(info.workflowId, procedure),
    nominalTime: (info.typedSearchAttributes.get(scheduledStartTime) ?? info.startTime).toISOString(),
    startedAt: info.startTime.toISOString(),
    closedAt: info.closeTime?.toISOString() ?? null,
    status,
    verdict: findProcedure(procedure)?.startedBy === null ? verdictOf(info, status) : null,
  }
}

/** Null while it runs; a run that broke off before it judged is unknown. */
function verdictOf(info: RunInfo, status: RunStatus): Verdict | null {
  if (status === 'running') return null
  const verdict = info.typedSearchAttributes.get(opsVerdict)
  return status === 'completed' && isVerdict(verdict) ? verdict : 'unknown'
}

function isVerdict(text: string | undefined): text is Verdict {
  return text === 'ok' || text === 'warn' || text === 'fail' || text === 'unknown'
}

/** Schedules append `-<nominal time>` to the workflow id. */
function targetOf(workflowId: string, procedure: string): string {
  return workflowId.replace(`${procedure}:`, '').replace(/-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '')
}

const STATUS: Readonly<Record<WorkflowExecutionStatusName, RunStatus>> = {
  UNSPECIFIED: 'running',
  RUNNING: 'running',
  PAUSED: 'running',
  CONTINUED_AS_NEW: 'running',
  UNKNOWN: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
}

/** Why a run ended without a result, in the words of whoever ended it; null when it has one or goes on. */
export async function whyItEnded(client: Client, record: RunRecord): Promise<string | null> {
  if (record.status === 'running' || record.status === 'completed') return null
  try {
    await client.workflow.getHandle(record.workflowId, record.runId).result()
    return null
  } catch (error) {
    // A run that only the ledger still knows has nobody left to ask.
    if (error instanceof WorkflowNotFoundError) return null
    if (!(error instanceof WorkflowFailedError)) throw error
    return deepest(error)
  }
}

function deepest(error: Error): string {
  return error.cause instanceof Error ? deepest(error.cause) : error.message
}
