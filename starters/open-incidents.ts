/** Which incidents are open, as Temporal's index has them: the same for every door. */
import type { Client } from '@temporalio/client'
import { parseIncidentName } from '../domain/incident/incident.ts'
import { OPEN_INCIDENTS } from '../domain/incident/start.ts'
import { opsIncident } from './search-attributes.ts'

const MOST_OPEN = 50

export interface OpenIncident {
  readonly workflowId: string
  /** Null, or 0, until it has one. */
  readonly number: number | null
}

/** Newest first. What is being opened has neither a number nor a phase yet. */
export async function indexedOpen(client: Client): Promise<readonly OpenIncident[]> {
  const found: OpenIncident[] = []
  const query = OPEN_INCIDENTS
  for await (const { workflowId, typedSearchAttributes } of client.workflow.list({ query, pageSize: MOST_OPEN })) {
    found.push({ workflowId, number: parseIncidentName(typedSearchAttributes.get(opsIncident) ?? '') })
    if (found.length === MOST_OPEN) break
  }
  return found
}
