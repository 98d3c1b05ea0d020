/** How an incident is opened or joined, by whichever door or machine: one signal-with-start, the same for all of them. */
import { clock } from '../clock.ts'
import { CONTROL_QUEUE, isFollowUps } from '../ids.ts'
import { inline } from '../markdown.ts'
import type { IncidentDeclaration, IncidentMessage } from './commands.ts'
import { incidentName } from './incident.ts'

export const INCIDENT_TYPE = 'incident'
export const INCIDENT_SIGNAL = 'incident'
const LONGEST_SUMMARY = 200

/** What the start says to a run that is there: the same once more, with all that is said of it. */
export function joining({ id, by, startedAt, title, severity, hosts, impact }: IncidentDeclaration): IncidentMessage {
  return { id, by, at: startedAt, command: { kind: 'declared-again', title, severity, hosts, impact } }
}

/** The arguments of the start. A run that is there is joined: it gets the message and nothing else. */
export function incidentStart(workflowId: string, declaration: IncidentDeclaration, message: IncidentMessage) {
  return {
    workflowId,
    taskQueue: CONTROL_QUEUE,
    args: [{ declaration, carried: null }],
    signal: INCIDENT_SIGNAL,
    signalArgs: [message],
    staticSummary: declaration.title.slice(0, LONGEST_SUMMARY).toWellFormed(),
    staticDetails: detailsOf(declaration),
  } satisfies Readonly<Record<string, unknown>>
}

/** What the Temporal UI says beside what goes on. */
function detailsOf({ by, startedAt, severity, hosts, cause }: IncidentDeclaration): string {
  return [
    '**Incident response**, manual I1-I3',
    '',
    `- opened by: ${by.person ?? by.door}, ${clock(startedAt)}, as ${severity}`,
    `- cause: ${inline(cause ?? 'as declared')}`,
    `- hosts: ${hosts.length === 0 ? 'all of the estate' : inline(hosts.join(', '))}`,
    '- it lives until it is closed: `ops incident show`, `ops incident close`',
  ].join('\n')
}

/** Finds what is open. What is being opened has neither a number nor a phase yet, and one that says its last words is closed. */
export const OPEN_INCIDENTS = `WorkflowType = '${INCIDENT_TYPE}' AND ExecutionStatus = 'Running' AND (OpsPhase IS NULL OR OpsPhase != 'closed')`

/** Finds the runs of an incident in Temporal's index, which may be some hundred milliseconds behind. */
export function incidentQueryOf(number: number): string {
  return `WorkflowType = '${INCIDENT_TYPE}' AND OpsIncident = '${incidentName(number)}'`
}

/** The run that an incident is, or ended as. */
export interface IncidentRun {
  readonly workflowId: string
  /** Another incident of the same cause may have come after it, under the same workflow id. */
  readonly runId: string
  readonly isOpen: boolean
}

/** Of the runs of one incident, newest first: the one that goes on, else the one that it ended as. */
export function currentRun(runs: readonly IncidentRun[]): IncidentRun | null {
  return runs.find(({ isOpen }) => isOpen) ?? runs[0] ?? null
}

/** Whether it is still worked on: a run that reminds of what is left to do has the incident behind it. */
export function goesOn({ workflowId, isOpen }: IncidentRun): boolean {
  return isOpen && !isFollowUps(workflowId)
}

/** Whether an incident can go on in place of another one: it has to be there, and its run must not be at its end. */
export type Standing = 'open' | 'closed' | 'absent' | 'unknown'
