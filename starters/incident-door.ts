/** How every door opens an incident, tells it something, finds it, and passes on a decision. Signals first: they are kept without any worker. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Gate, SignedStatement } from '../domain/approvals/approval.ts'
import { CONTROL_QUEUE, incidentWorkflowId, type WorkflowId } from '../domain/ids.ts'
import type { IncidentAnswer, IncidentDeclaration, IncidentMessage } from '../domain/incident/commands.ts'
import { type Incident, incidentName } from '../domain/incident/incident.ts'
import { answerQuery, decideSignal, gatesQuery, incidentQuery, incidentSignal } from '../workflows/messages.ts'
import { grpcCode } from './client.ts'

/** The same person with the same title means the same incident, as long as it is open. */
export function declaredIncidentId(person: string, title: string): WorkflowId {
  const words = title.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  const digest = createHash('sha256').update(`${person}\n${words}`).digest('hex')
  return incidentWorkflowId(`declared/${digest.slice(0, 16)}`)
}

export interface Declared {
  readonly workflowId: string
  /** Of the run that took it. */
  readonly runId: string
}

/** Opens the incident or joins the open one. Safe to repeat with the same declaration id, also when an answer was lost. */
export async function declareIncident(
  client: Client,
  workflowId: string,
  declaration: IncidentDeclaration,
): Promise<Declared> {
  const message: IncidentMessage = {
    id: declaration.id,
    by: declaration.by,
    at: declaration.startedAt,
    command: { kind: 'declared-again', title: declaration.title },
  }
  const handle = await client.workflow.signalWithStart('incident', {
    workflowId,
    taskQueue: CONTROL_QUEUE,
    args: [{ declaration, carried: null }],
    signal: incidentSignal,
    signalArgs: [message],
    staticSummary: declaration.title.slice(0, 200),
  })
  return { workflowId, runId: handle.signaledRunId }
}

/** Settles when Temporal has written the message down. */
export async function tellIncident(client: Client, workflowId: string, message: IncidentMessage): Promise<void> {
  await client.workflow.getHandle(workflowId).signal(incidentSignal, message)
}

/** What became of a message; null when the incident has not looked at it within the time. */
export async function answerOf(
  client: Client,
  workflowId: string,
  messageId: string,
  withinMs: number,
): Promise<IncidentAnswer | null> {
  return await askUntil(client, withinMs, () => client.workflow.getHandle(workflowId).query(answerQuery, messageId))
}

/** What a query answers when it is not null any more; null when nobody answers within the time, which without a worker is nobody. */
export async function askUntil<T>(client: Client, withinMs: number, ask: () => Promise<T | null>): Promise<T | null> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await client.withDeadline(deadline, ask).catch(passing)
    if (answer !== null || Date.now() > deadline) return answer
    await sleep(50)
  }
}

/** Nobody there, too late, not yet: all of them may be otherwise in a moment. */
function passing(error: unknown): null {
  const code = grpcCode(error)
  if (code === 4 || code === 9 || code === 14 || error instanceof WorkflowNotFoundError) return null
  throw error
}

/** The run that an incident is, or ended as. */
export interface IncidentRun {
  readonly workflowId: string
  /** Another incident of the same cause may have come after it, under the same workflow id. */
  readonly runId: string
  readonly isOpen: boolean
}

/** The newest run of an incident by its number, or null. The index may be some hundred milliseconds behind. */
export async function findIncident(client: Client, number: number): Promise<IncidentRun | null> {
  const query = `WorkflowType = 'incident' AND OpsIncident = '${incidentName(number)}'`
  let newest: IncidentRun | null = null
  for await (const { workflowId, runId, status } of client.workflow.list({ query, pageSize: 10 })) {
    if (status.name === 'RUNNING') return { workflowId, runId, isOpen: true }
    newest ??= { workflowId, runId, isOpen: false }
  }
  return newest
}

/** The state of an incident; null when there is none, or it has no number yet. Throws what Temporal throws when no worker answers. */
export async function readIncident(client: Client, workflowId: string, runId?: string): Promise<Incident | null> {
  try {
    return await client.workflow.getHandle(workflowId, runId).query(incidentQuery)
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

/** Passes a signed statement on to the run whose gate it is about. Whether it counts is decided there. */
export async function passDecision(client: Client, workflowId: string, signed: SignedStatement): Promise<void> {
  await client.workflow.getHandle(workflowId).signal(decideSignal, signed)
}

export async function gatesOf(client: Client, workflowId: string): Promise<readonly Gate[]> {
  return await client.workflow.getHandle(workflowId).query(gatesQuery)
}

/** All gates that wait for somebody, oldest first. */
export async function openGates(client: Client): Promise<readonly Gate[]> {
  const query = `OpsGate IS NOT NULL AND ExecutionStatus = 'Running'`
  const gates: Gate[] = []
  for await (const run of client.workflow.list({ query })) {
    gates.push(...(await gatesOf(client, run.workflowId)).filter(gate => gate.state === 'open'))
  }
  return gates.toSorted((a, b) => a.openedAt.localeCompare(b.openedAt))
}

/** The gate with this approval id and the run that holds it, or null. */
export async function findGate(client: Client, approvalId: string): Promise<Gate | null> {
  const query = `OpsGate = '${approvalId.replaceAll("'", '')}'`
  for await (const run of client.workflow.list({ query, pageSize: 1 })) {
    const gates = await gatesOf(client, run.workflowId)
    return gates.find(gate => gate.approvalId === approvalId) ?? null
  }
  return null
}
