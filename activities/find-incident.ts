/** Finds the run of an incident by its number, for doors and for activities that tell another incident something. */
import type { Client } from '@temporalio/client'
import { currentRun, type IncidentRun, incidentQueryOf } from '../domain/incident/start.ts'

/** The run that goes on, else the one that it ended as; null without any. The index may be some hundred milliseconds behind. */
export async function findIncident(client: Client, number: number): Promise<IncidentRun | null> {
  const runs: IncidentRun[] = []
  for await (const { workflowId, runId, status } of client.workflow.list({ query: incidentQueryOf(number) })) {
    runs.push({ workflowId, runId, isOpen: status.name === 'RUNNING' })
  }
  return currentRun(runs)
}
