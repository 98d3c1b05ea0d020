/** Words about a change: where runs are looked for, in the timeline of its incident, and why a step failed. */
import { ApplicationFailure, defineSearchAttributeKey, SearchAttributeType, TemporalFailure } from '@temporalio/common'
import { CancellationScope, getExternalWorkflowHandle, log, upsertSearchAttributes } from '@temporalio/workflow'
import type { ChangeProgress, ChangeRequest } from '../../domain/changes.ts'
import { changeMovedSignal } from '../messages.ts'

const KEYS = {
  procedure: defineSearchAttributeKey('OpsProcedure', SearchAttributeType.KEYWORD),
  incident: defineSearchAttributeKey('OpsIncident', SearchAttributeType.KEYWORD),
  targets: defineSearchAttributeKey('OpsTarget', SearchAttributeType.KEYWORD_LIST),
} as const

export function showChange(
  { change, incident }: Pick<ChangeRequest, 'change' | 'incident'>,
  procedure: 'change' | 'fix' = 'change',
): void {
  upsertSearchAttributes([
    { key: KEYS.procedure, value: procedure },
    { key: KEYS.incident, value: incident },
    { key: KEYS.targets, value: [change.host] },
  ])
}

/** For card and timeline of the incident. One that does not listen any more stops no change. */
export async function tellIncident(
  { incidentWorkflowId, number }: Pick<ChangeRequest, 'incidentWorkflowId' | 'number'>,
  state: ChangeProgress['state'],
  outcome: string,
): Promise<void> {
  try {
    const incident = getExternalWorkflowHandle(incidentWorkflowId)
    const progress: ChangeProgress = { number, state, outcome }
    await CancellationScope.nonCancellable(() => incident.signal(changeMovedSignal, progress))
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
