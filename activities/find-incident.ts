/** Finds the run of an incident by its number, for doors and for activities that tell another incident something. */
import type { Client } from '@temporalio/client'
import { isFollowUps } from '../domain/ids.ts'
import { currentRun, type IncidentRun, incidentQueryOf } from '../domain/incident/start.ts'

/** The run that goes on, else the one that it ended as; null without any. The index may be some hundred milliseconds behind. */
export async function findIncident(client: Client, number: number): Promise<IncidentRun | null> {
  return currentRun(await runsOf(client, number))
}

/** The same, without the run that reminds of what is left to do after the end. */
export async function findResponse(client: Client, number: number): Promise<IncidentRun | null> {
  const runs = await runsOf(client, number)
  return currentRun(runs.filter(({ workflowId }) => !isFollowUps(workflowId)))
}

/** Newest first. */
async function runsOf(client: Client, number: number): Promise<readonly IncidentRun[]> {
  const runs: IncidentRun[] = []
  for await (const { workflowId, runId, status } of client.workflow.list({ query: incidentQueryOf(number) })) {
    runs.push({ workflowId, runId, isOpen: status.name === 'RUNNING' })
  }
  return runs
}
