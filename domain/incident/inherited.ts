/** Follow-ups of a duplicate: what is open goes on with the incident that goes on, once, whatever way it comes. */
import { isDay } from '../team/zone.ts'
import type { Step } from './effects.ts'
import { type FollowUp, type Incident, incidentName, type PassedOnFollowUp } from './incident.ts'
import { tell } from './offers.ts'
import { isKnown } from './people.ts'
import { asked, changed, logged, nameOf, OPS, type RuleContext } from './step.ts'
import { cleanLine, SHORT_TEXT } from './text.ts'

/** An incident has no more of them. */
export const FOLLOW_UPS = 100

/** What has to go on elsewhere. */
export function openToPassOn(incident: Incident): readonly PassedOnFollowUp[] {
  return incident.followUps
    .filter(({ doneAt }) => doneAt === null)
    .map(followUp => {
      const { kind, title, owner, due } = followUp
      return { kind, title, owner, due, from: originOf(incident, followUp) }
    })
}

/** Takes over those that it does not have yet; their owners hear of it. */
export function inherit(step: Step, followUps: readonly PassedOnFollowUp[], context: RuleContext): Step {
  return followUps.filter(({ due }) => isDay(due)).reduce((next, followUp) => inheritOne(next, followUp, context), step)
}

function inheritOne(step: Step, passed: PassedOnFollowUp, { now, team }: RuleContext): Step {
  const { incident } = step
  const from = cleanLine(passed.from, SHORT_TEXT)
  if (incident.followUps.some(one => originOf(incident, one) === from)) return step
  const { kind, owner, due } = passed
  const title = cleanLine(passed.title, SHORT_TEXT)
  if (incident.followUps.length >= FOLLOW_UPS) {
    return logged(step, now, OPS, 'failed', `there are too many follow-ups to take over ${from}: ${title}`)
  }
  const number = incident.followUps.length + 1
  const next = changed(step, {
    followUps: [...incident.followUps, { number, kind, title, owner, due, doneAt: null, from }],
  })
  const told = logged(next, now, OPS, 'follow-up', `follow-up ${number} is ${from}: ${title}, ${owner}, due ${due}`)
  if (!isKnown(team, owner)) return told
  return asked(
    told,
    tell(told, owner, `Your follow-up ${from} goes on as ${number} of ${nameOf(incident)}: ${title}, due ${due}`),
  )
}

function originOf({ number }: Incident, followUp: FollowUp): string {
  return followUp.from ?? `${incidentName(number)}/${followUp.number}`
}
