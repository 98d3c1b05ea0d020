/** Names that read aloud: hosts, queues, workflow ids. Built and parsed here and nowhere else. */

export type HostName = string & { readonly __brand: 'HostName' }
export type WorkflowId = string & { readonly __brand: 'WorkflowId' }

/** Target that stands for every host of the estate. No host may carry this name. */
export const ALL_HOSTS = 'all'

/** Target of findings that concern the estate as a whole. */
export const ESTATE = 'estate'

/** The queue of all workflows and of activities that talk to the outside world. */
export const CONTROL_QUEUE = 'control'

/** The namespace in which everything runs. */
export const NAMESPACE = 'ops'

const HOST_NAME = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/

/** A host's name, or null when the text cannot be one: lower-case letters, digits and hyphens, 2 to 32 characters, not reserved. */
export function parseHostName(text: string): HostName | null {
  return HOST_NAME.test(text) && text !== ALL_HOSTS && text !== ESTATE ? (text as HostName) : null
}

/** The queue that only the worker on this host polls. */
export function hostQueue(host: HostName): string {
  return `host:${host}`
}

/** One running procedure per target: the id is what makes the second start fail. */
export function procedureWorkflowId(procedure: string, target: string): WorkflowId {
  return `${procedure}:${target}` as WorkflowId
}

/** Schedules carry the id of the procedure that they start. */
export function scheduleId(procedure: string): string {
  return `ops:${procedure}`
}

/** The queue of activities that wait for Slack, mail and other people's servers. */
export const CHAT_QUEUE = 'chat'

/** One incident per cause; a declared one is found by who declared it and its title. */
export function incidentWorkflowId(token: string): WorkflowId {
  return `incident:${token}` as WorkflowId
}

export function alertWorkflowId(cause: string): WorkflowId {
  return `alert:${cause}` as WorkflowId
}

/** At most one change of a host at a time: the id is the lock. */
export function changeWorkflowId(host: string): WorkflowId {
  return `change:${host}` as WorkflowId
}

/** At most one update of the monitoring's rules at a time: the id is the lock. */
export function monitoringWorkflowId(): WorkflowId {
  return changeWorkflowId('monitoring')
}

const FOLLOW_UPS = 'follow-ups:'

/** What is left to do after an incident was closed is reminded of under this id. */
export function followUpsWorkflowId(incident: string): WorkflowId {
  return `${FOLLOW_UPS}${incident}` as WorkflowId
}

/** Whether the incident of this run has ended, and only what is left to do after it is still reminded of. */
export function isFollowUps(workflowId: string): boolean {
  return workflowId.startsWith(FOLLOW_UPS)
}
