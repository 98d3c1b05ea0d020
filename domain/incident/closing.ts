/** What still has to be there before an incident may be closed (I2.4). */
import type { ChangeState, Incident, IncidentChange } from './incident.ts'
import { goesBy } from './later-rules.ts'
import { criticalFiring, placed } from './linked-alerts.ts'
import { type AlertReading, unsureWords } from './looked-up.ts'
import { lastReviewDay } from './notices.ts'
import { isKnown } from './people.ts'
import { needsReview } from './severity.ts'
import type { RuleContext } from './step.ts'

const UNDER_WAY: readonly ChangeState[] = ['planning', 'awaiting-approval', 'running']

export function isUnderWay(state: ChangeState): boolean {
  return UNDER_WAY.includes(state)
}

/** Changes of which nobody knows the end yet. */
export function openChanges({ changes }: Incident): readonly IncidentChange[] {
  return changes.filter(({ state }) => isUnderWay(state))
}

/** One phrase for each, to be read after "missing:"; empty when it may be closed. `readings`: of its alerts, where they were looked up. */
export function missingForClosing(
  incident: Incident,
  context: RuleContext,
  readings: readonly AlertReading[] = [],
): readonly string[] {
  const { rootCause, resolution, followUps } = incident
  return [
    ...(rootCause === null ? ['the root cause'] : []),
    ...(resolution === null ? ['the resolution'] : []),
    ...missingReview(incident, context),
    ...followUps
      .filter(({ doneAt, owner }) => doneAt === null && !isKnown(context.team, owner))
      .map(({ number, title }) => `an owner for follow-up ${number} (${title})`),
    ...(goesBy('what-still-fires-is-not-over', context)
      ? criticalFiring(incident).map(
          alert => `the end of its alert ${placed(alert)}, which still fires${unsureWords([alert], readings)}`,
        )
      : []),
    ...openChanges(incident).map(({ number, title, state }) => `the end of change ${number} (${title}, ${state})`),
  ]
}

/** Whether date or notes of its post-mortem are still to come. */
export function lacksReview(incident: Pick<Incident, 'review' | 'severity' | 'worstSeverity'>): boolean {
  const { review } = incident
  return needsReview(incident) && (review.at === null || review.notes === null)
}

/** That the date is not too late was looked at when it was set: a review that comes late is better than none. */
function missingReview(incident: Incident, context: RuleContext): readonly string[] {
  const { review } = incident
  if (!needsReview(incident)) return []
  return [
    ...(review.at === null ? [`a date for the post-mortem, at the latest ${lastReviewDay(incident, context)}`] : []),
    ...(review.notes === null ? ['the notes of the post-mortem'] : []),
  ]
}
