/** Words about a change: where runs are looked for, in the timeline of its incident, and why a step failed. */
import { ApplicationFailure, defineSearchAttributeKey, SearchAttributeType, TemporalFailure } from '@temporalio/common'
import {
  CancellationScope,
  getExternalWorkflowHandle,
  log,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { ChangeRequest } from '../../domain/changes.ts'
import type { IncidentMessage } from '../../domain/incident/commands.ts'
import { incidentSignal } from '../messages.ts'

const KEYS = {
  procedure: defineSearchAttributeKey('OpsProcedure', SearchAttributeType.KEYWORD),
  incident: defineSearchAttributeKey('OpsIncident', SearchAttributeType.KEYWORD),
  targets: defineSearchAttributeKey('OpsTarget', SearchAttributeType.KEYWORD_LIST),
} as const

export function showChange({ change, incident }: ChangeRequest): void {
  upsertSearchAttributes([
    { key: KEYS.procedure, value: 'change' },
    { key: KEYS.incident, value: incident },
    { key: KEYS.targets, value: [change.host] },
  ])
}

/** A line of the incident's timeline. An incident that does not listen any more stops no change. */
export async function tellIncident(request: ChangeRequest, what: string, text: string): Promise<void> {
  const message: IncidentMessage = {
    id: `change/${workflowInfo().runId}/${what}`,
    by: { person: null, door: 'ops' },
    at: new Date().toISOString(),
    command: { kind: 'note', text },
  }
  try {
    const incident = getExternalWorkflowHandle(request.incidentWorkflowId)
    await CancellationScope.nonCancellable(() => incident.signal(incidentSignal, message))
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error
    log.warn('the incident could not be told', { error })
  }
}

/** What went wrong and, where somebody knows, what to do about it. */
export function failureWords(error: TemporalFailure): string {
  const cause = deepest(error)
  const [hint] = cause instanceof ApplicationFailure ? (cause.details ?? []) : []
  return typeof hint === 'string' ? `${sentence(cause.message)} ${hint}` : sentence(cause.message)
}

export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function deepest(error: Error): Error {
  return error.cause instanceof Error ? deepest(error.cause) : error
}
