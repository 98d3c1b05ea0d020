/** Starts a procedure once, also when the answer to the start is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client'
import type { HealthCheckRequest } from '../domain/health-check.ts'
import { ALL_HOSTS, CONTROL_QUEUE, procedureWorkflowId } from '../domain/ids.ts'
import { LAST_RESORT_MS, type Procedure } from '../domain/procedures.ts'
import { detailsOf, summaryOf } from '../domain/run-notes.ts'
import { isUnanswered } from './client.ts'
import { ExitError } from './exit-codes.ts'
import { startAttributes } from './search-attributes.ts'

/** How long a start whose answer was lost is asked for again. */
const CONFIRM_MS = 30_000

export interface Started {
  readonly workflowId: string
  readonly runId: string
}

export interface StartOrder {
  readonly procedure: Procedure
  readonly request: HealthCheckRequest
  /** Hosts that the run is about, for the search attribute. */
  readonly hosts: readonly string[]
  /** Unique for this order: by it a run is recognised as ours when the answer was lost. */
  readonly orderId: string
}

/** Throws ExitError 75 when another run of the same procedure and target goes on, 69 when nobody confirms the start. */
export async function startProcedure(client: Client, order: StartOrder): Promise<Started> {
  const workflowId = procedureWorkflowId(order.procedure.id, order.request.host ?? ALL_HOSTS)
  const deadline = performance.now() + CONFIRM_MS
  let mayHaveStarted = false
  for (;;) {
    try {
      // A run of ours that has ended already would not refuse a second one: it is looked for, whatever its status, before it is asked for again.
      const newest = mayHaveStarted ? await newestRun(client, workflowId) : null
      if (newest !== null && isOurs(newest, order)) return { workflowId, runId: newest.runId }
      return await start(client, workflowId, order)
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return await ourRun(client, workflowId, order, error)
      if (!isUnanswered(error)) throw error
      if (performance.now() > deadline) throw notConfirmed(workflowId, error)
      mayHaveStarted = true
      await sleep(1_000)
    }
  }
}

async function start(client: Client, workflowId: string, order: StartOrder): Promise<Started> {
  const { procedure, request, hosts, orderId } = order
  const handle = await client.workflow.start(procedure.workflowType, {
    taskQueue: CONTROL_QUEUE,
    workflowId,
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    memo: { orderId, requestedBy: request.requestedBy },
    staticSummary: summaryOf(procedure, request),
    staticDetails: detailsOf(procedure, request, hosts),
    typedSearchAttributes: startAttributes(procedure.id, hosts),
    workflowExecutionTimeout: LAST_RESORT_MS,
  })
  return { workflowId, runId: handle.firstExecutionRunId }
}

/** The run that goes on may be the one whose start was never answered. */
async function ourRun(client: Client, workflowId: string, order: StartOrder, cause: Error): Promise<Started> {
  const running = await newestRun(client, workflowId)
  if (running !== null && isOurs(running, order)) return { workflowId, runId: running.runId }
  const who = typeof running?.memo?.requestedBy === 'string' ? `, asked for by ${running.memo.requestedBy}` : ''
  const since = running === null ? '' : ` since ${running.startTime.toISOString()}${who}`
  const hint = `See it with \`ops show ${workflowId}\`; it can be stopped with \`ops cancel ${workflowId} --reason R\`.`
  throw new ExitError(75, { owner: 'operator', message: `${workflowId} is running${since}`, hint }, { cause })
}

/** The newest run of an id, whether it goes on or has ended; null when there never was one. */
async function newestRun(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(workflowId).describe()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

function isOurs({ memo }: WorkflowExecutionDescription, { orderId }: StartOrder): boolean {
  return memo?.orderId === orderId
}

function notConfirmed(workflowId: string, cause: unknown): ExitError {
  const hint = `It may run all the same. When Temporal answers again: \`ops show ${workflowId}\`, before starting another.`
  return new ExitError(
    69,
    { owner: 'tool', message: `the start of ${workflowId} is not confirmed yet`, hint },
    { cause },
  )
}
