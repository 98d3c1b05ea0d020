/** What a run of an incident begins with. */
import type { IncidentDeclaration } from '../domain/incident/commands.ts'
import type { Incident } from '../domain/incident/incident.ts'
import type { Carried } from './steps/incident-desk.ts'

export interface IncidentStart {
  readonly declaration: IncidentDeclaration
  /** Null for the first run of an incident. */
  readonly carried: Carried | null
  /** Events after which the run continues as new. */
  readonly renewAfter?: number
  /** The incident is closed, and only its follow-ups are still reminded of. */
  readonly remembers?: boolean
  /** The run, with the first run id of its chain, that has to end before this one begins. */
  readonly after?: { readonly workflowId: string; readonly runId: string }
}

export type IncidentWorkflow = (start: IncidentStart) => Promise<Incident>
