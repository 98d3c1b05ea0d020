/** Incidents for benchmarks, opened and ended through the door of incidents: no process of a command is in the figures. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { incidentWorkflowId } from '../../domain/ids.ts'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { declareIncident, readIncident, tellIncident } from '../../starters/incident-door.ts'

const BY = { person: 'ana' as PersonId, door: 'cli' as const }

/** Of severity Low, so that nobody is paged for it. Answers with its workflow id. */
export async function open(client: Client, title: string): Promise<string> {
  const workflowId = incidentWorkflowId(`bench/${randomUUID()}`)
  await declareIncident(client, workflowId, {
    title,
    severity: 'low',
    category: 'performance',
    cause: null,
    hosts: [],
    impact: null,
    by: BY,
    id: randomUUID(),
    startedAt: new Date().toISOString(),
    alerts: [],
  })
  return workflowId
}

export async function tell(client: Client, workflowId: string, command: IncidentCommand): Promise<void> {
  await tellIncident(client, workflowId, { id: randomUUID(), by: BY, at: new Date().toISOString(), command })
}

export async function end(client: Client, workflowId: string): Promise<void> {
  await tell(client, workflowId, { kind: 'false-alarm', reason: 'the benchmark is over' })
}

/** The incident once it is so. */
export async function untilIt(
  client: Client,
  workflowId: string,
  isSo: (incident: Incident) => boolean,
  seconds: number,
): Promise<Incident> {
  for (const deadline = performance.now() + seconds * 1_000; performance.now() < deadline; await sleep(200)) {
    const incident = await readIncident(client, workflowId)
    if (incident !== null && isSo(incident)) return incident
  }
  throw new Error(`${workflowId} does not become so within ${seconds} s`)
}
