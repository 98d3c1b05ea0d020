/** Decisions that somebody took alone in an emergency and that nobody has reviewed: an incident with one of its own stays open. */
import { TemporalFailure } from '@temporalio/common'
import { isCancellation, log, patched } from '@temporalio/workflow'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import type { PersonId, Team } from '../../domain/team/team.ts'
import { onControlPlane } from '../proxies.ts'

/** One phrase for each, to be read after "missing:". What cannot be known is missing. */
export async function missingReviews(incident: Incident, team: Team): Promise<readonly string[]> {
  // By person it asks today's people, and finds reviews of other incidents; runs that have begun so go on so.
  const byIncident = patched('reviews-by-incident')
  if (!byIncident && incident.changes.length === 0) return []
  try {
    if (byIncident) return await reviewsIn(incidentName(incident.number))
    return (await Promise.all(mayHaveDecidedAlone(incident, team).map(reviewsOf))).flat()
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
    log.warn('emergency decisions could not be looked up', { error })
    return ['an answer of the ledger about emergency decisions']
  }
}

/** Break-glass is for one group; whoever holds a Critical incident may approve alone. */
function mayHaveDecidedAlone({ responders, acknowledged }: Incident, { groups, approvals }: Team): readonly PersonId[] {
  const holder = acknowledged === null ? [] : [acknowledged.by]
  return [...new Set([...(groups[approvals.emergency] ?? []), ...responders, ...holder])]
}

async function reviewsIn(incident: string): Promise<readonly string[]> {
  const open = await onControlPlane('glance', `Has ${incident} unreviewed emergency decisions`).openReviewsIn(incident)
  return open.map(({ approvalId, person }) => `the review of ${approvalId}, which ${person} decided alone`)
}

async function reviewsOf(person: PersonId): Promise<readonly string[]> {
  const open = await onControlPlane('glance', `Has ${person} an unreviewed emergency decision`).openReviews(person)
  return open.map(approvalId => `the review of ${approvalId}, which ${person} decided alone`)
}
