/** How every door opens an incident, tells it something and asks it. Signals first: they are kept without any worker. */
import { createHash } from 'node:crypto'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { isEarly } from '../activities/ask-again.ts'
import { incidentWorkflowId, type WorkflowId } from '../domain/ids.ts'
import type { IncidentAnswer, IncidentDeclaration, IncidentMessage } from '../domain/incident/commands.ts'
import type { Incident } from '../domain/incident/incident.ts'
import { INCIDENT_TYPE, incidentStart, joining } from '../domain/incident/start.ts'
import { answerQuery, incidentQuery, incidentSignal } from '../workflows/messages.ts'
import { askUntil } from './ask-until.ts'

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
  const start = incidentStart(workflowId, declaration, joining(declaration))
  const handle = await client.workflow.signalWithStart(INCIDENT_TYPE, start)
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

/** The state of an incident; null when there is none to be had, or it has no number yet. Throws what Temporal throws when no worker answers. */
export async function readIncident(client: Client, workflowId: string, runId?: string): Promise<Incident | null> {
  try {
    return await client.workflow.getHandle(workflowId, runId).query(incidentQuery)
  } catch (error) {
    // One that was terminated with something that it never looked at can only be refused.
    if (error instanceof WorkflowNotFoundError || isEarly(error)) return null
    throw error
  }
}
