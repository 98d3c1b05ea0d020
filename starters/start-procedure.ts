/** Starts a procedure exactly once, also when the answer to the start is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client'
import type { HealthCheckRequest } from '../domain/health-check.ts'
import { ALL_HOSTS, CONTROL_QUEUE, procedureWorkflowId } from '../domain/ids.ts'
import type { Procedure } from '../domain/procedures.ts'
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
  for (;;) {
    try {
      return await start(client, workflowId, order)
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return await ourRun(client, workflowId, order, error)
      if (!isUnanswered(error)) throw error
      if (performance.now() > deadline) throw notConfirmed(workflowId, error)
      // Asking again by the same id cannot start a second one: the first would refuse it.
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
  })
  return { workflowId, runId: handle.firstExecutionRunId }
}

/** The run that goes on may be the one whose start was never answered. */
async function ourRun(client: Client, workflowId: string, order: StartOrder, cause: Error): Promise<Started> {
  const running = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null
      throw error
    })
  if (running?.memo?.orderId === order.orderId) return { workflowId, runId: running.runId }
  const who = typeof running?.memo?.requestedBy === 'string' ? `, asked for by ${running.memo.requestedBy}` : ''
  const since = running === null ? '' : ` since ${running.startTime.toISOString()}${who}`
  const hint = `See it with \`ops show ${workflowId}\`; it can be stopped with \`ops cancel ${workflowId} --reason R\`.`
  throw new ExitError(75, { owner: 'operator', message: `${workflowId} is running${since}`, hint }, { cause })
}

function notConfirmed(workflowId: string, cause: unknown): ExitError {
  const hint = `It may run all the same. When Temporal answers again: \`ops show ${workflowId}\`, before starting another.`
  return new ExitError(
    69,
    { owner: 'tool', message: `the start of ${workflowId} is not confirmed yet`, hint },
    { cause },
  )
}

/** One line for the UI's list. */
export function summaryOf(procedure: Procedure, { host, only, requestedBy }: HealthCheckRequest): string {
  const scope = only === null ? '' : `, only ${only}`
  return `${procedure.title} (${procedure.manualId}) of ${host ?? 'all hosts'}${scope}, asked for by ${requestedBy}`
}

/** Markdown for the UI's page of the run. */
export function detailsOf(procedure: Procedure, request: HealthCheckRequest, hosts: readonly string[]): string {
  return [
    `**${procedure.title}**, manual ${procedure.manualId}`,
    '',
    `- hosts: ${hosts.length === 0 ? 'all of the estate' : hosts.join(', ')}`,
    `- steps: ${request.only ?? 'all'}`,
    `- asked for by: ${request.requestedBy}`,
    `- it ${procedure.risk === 'reads' ? 'only reads' : procedure.risk}; it should end within ${procedure.budgetMinutes} minutes`,
    `- stop it: \`ops cancel <workflow id> --reason R\``,
  ].join('\n')
}
