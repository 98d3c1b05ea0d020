/** Duties that see to it that somebody has the incident: paging, the response time, silence of the holder, the end of a shift. */
import { nextHandover, nextShiftEnd, onCallNow } from '../team/roster.ts'
import type { PersonId, Team } from '../team/team.ts'
import { ANSWER_MINUTES, audibleTime, minutesAfter, responseDeadline, staleDeadline, wakesPeople } from './deadlines.ts'
import { type Duty, type DutyContext, later, unlessDone } from './duty.ts'
import type { Step } from './effects.ts'
import { goesBy } from './later-rules.ts'
import { makeOffer, tell, thing } from './offers.ts'
import { escalate, returnToChain } from './paging.ts'
import { firstOnCall, inCharge, mentionPeople } from './people.ts'
import { SEVERITY_RULES } from './severity.ts'
import { asked, changed, keyFor, logged, nameOf, OPS } from './step.ts'
import { isOpen } from './transitions.ts'

/** T72: the next tier after each interval without an acknowledgement. */
const escalation: Duty = {
  name: 'escalation',
  due: ({ paging, status }) => (isOpen(status) ? paging.nextAt : null),
  perform: escalate,
}

/** I1.1: the response time has passed and nobody has acknowledged. For Medium and Low it is the first noise of all. */
const response: Duty = {
  name: 'response',
  due(incident, team, done) {
    if (!isOpen(incident.status) || incident.respondedAt !== null) return null
    return unlessDone(audibleTime(incident, responseDeadline(incident, team), team), done)
  },
  perform(step, { now, team }) {
    const { incident } = step
    const text = `${nameOf(incident)} (${SEVERITY_RULES[incident.severity].title}) has no response in time: ${incident.title}`
    const told = logged(step, now, OPS, 'escalated', text)
    const mention = wakesPeople(incident.severity) ? 'here' : mentionPeople(firstOnCall(team, now))
    return asked(told, { kind: 'post', key: keyFor(told, 'response'), text, mention })
  },
}

/** No sign of activity for too long: the holder is asked. */
const stale: Duty = {
  name: 'stale',
  due({ acknowledged, status, severity }, team) {
    if (!isOpen(status) || acknowledged === null || acknowledged.askedAt !== null) return null
    return staleDeadline(severity, acknowledged.activeAt, team)
  },
  perform(step, { now }) {
    const { acknowledged } = step.incident
    if (acknowledged === null) return step
    const unless = `Without a sign of activity within ${ANSWER_MINUTES} minutes`
    return askHolder(step, acknowledged.by, { why: 'there was no sign of activity', unless }, now)
  },
}

/** Asked, and no answer: it is nobody's again. */
const unanswered: Duty = {
  name: 'unanswered',
  due({ acknowledged, status }) {
    if (!isOpen(status) || acknowledged === null || acknowledged.askedAt === null) return null
    return minutesAfter(acknowledged.askedAt, ANSWER_MINUTES)
  },
  perform(step, context) {
    const { acknowledged } = step.incident
    if (acknowledged === null) return step
    const { by, shiftOver } = acknowledged
    const why =
      shiftOver === true ? `the shift of ${by} is over, and nobody has taken it over` : `${by} does not answer`
    return returnToChain(step, why, context)
  },
}

/**
 * Whoever is on call changes. Where somebody else takes over a tier from whoever has the incident or a role, what they have
 * offered and nobody has accepted comes back to the chain; a holder who is not on call any more is asked, and what they have
 * is offered to whoever comes after them.
 */
const shiftEnd: Duty = {
  name: 'shift-end',
  due({ acknowledged, offers, status, severity }, team, done) {
    const since = acknowledged?.at ?? offers.map(({ at }) => at).toSorted()[0]
    if (!isOpen(status) || !wakesPeople(severity) || since === undefined) return null
    return nextHandover(team, later(since, done))
  },
  perform(step, context) {
    const { acknowledged, offers } = step.incident
    const roles = offers.reduce((next, { what, from, to, at }) => {
      return what === 'acknowledgement' || shiftEnded(from, at, context) === null
        ? next
        : lapsed(next, what, to, context)
    }, step)
    const end = acknowledged === null ? null : shiftEnded(acknowledged.by, acknowledged.at, context)
    if (acknowledged === null || end === null) return roles
    const offer = offers.find(({ what, byOps }) => what === 'acknowledgement' && byOps !== true)
    if (offer !== undefined) {
      return returnToChain(roles, `${offer.to} has not accepted it before the end of the shift`, context)
    }
    const successor = successorOf(acknowledged.by, end, context.team)
    if (successor === null) return roles
    const unless = `Unless you say so, or ${successor} takes it over, within ${ANSWER_MINUTES} minutes`
    const asking = shiftIsOver(
      askHolder(roles, acknowledged.by, { why: 'your shift is over', unless }, context.now),
      context,
    )
    const what = { what: 'acknowledgement', from: acknowledged.by, to: successor } as const
    return makeOffer(asking, what, OPS, context.now)
  },
}

export const HOLDING_DUTIES: readonly Duty[] = [unanswered, shiftEnd, stale, escalation, response]

interface Question {
  readonly why: string
  /** What keeps it with the holder; begins a sentence. */
  readonly unless: string
}

function askHolder(step: Step, holder: PersonId, { why, unless }: Question, now: string): Step {
  const { acknowledged } = step.incident
  if (acknowledged === null) return step
  const name = nameOf(step.incident)
  const open = changed(step, { acknowledged: { ...acknowledged, askedAt: now } })
  const told = logged(open, now, OPS, 'asked', `asked ${holder} whether they are still on it: ${why}`)
  const text = `Are you still on ${name} (${step.incident.title})? ${unless} it is nobody's again, because ${why}.`
  const mention = { people: [holder] }
  return asked(told, tell(told, holder, text), { kind: 'post', key: keyFor(told, 'still'), text, mention })
}

/** Whatever others do about the incident is no answer to that. */
function shiftIsOver(step: Step, context: DutyContext): Step {
  const { acknowledged } = step.incident
  if (acknowledged === null || !goesBy('a-shift-end-waits-for-its-answer', context)) return step
  return changed(step, { acknowledged: { ...acknowledged, shiftOver: true } })
}

/** The role is free again, and whoever is on call learns of it. */
function lapsed(step: Step, what: 'commander' | 'communications' | 'scribe', to: PersonId, context: DutyContext): Step {
  const { incident } = step
  const { [what]: _vacated, ...roles } = incident.roles
  const open = changed(step, { roles, offers: incident.offers.filter(offer => offer.what !== what) })
  const text = `${to} has not accepted ${thing(what)} before the end of the shift; it is free`
  const told = logged(open, context.now, OPS, 'offer-lapsed', text)
  const mention = mentionPeople(inCharge(told.incident, context))
  return asked(told, { kind: 'post', key: keyFor(told, 'lapsed'), text: `${nameOf(incident)}: ${text}`, mention })
}

/** When the shift of this person, who has something since `since`, has ended within what is due; null when it has not. */
function shiftEnded(person: PersonId, since: string, { team, dueAt, now }: DutyContext): string | null {
  const end = nextShiftEnd(team, person, later(since, momentBefore(dueAt)))
  return end !== null && end <= now ? end : null
}

function momentBefore(iso: string): string {
  return new Date(Date.parse(iso) - 1).toISOString()
}

/** Who has taken over from this person at that moment; null when it was not theirs to give. */
function successorOf(person: PersonId, at: string, team: Team): PersonId | null {
  const before = onCallNow(team, momentBefore(at))
  const after = onCallNow(team, at)
  const tier = before.find(entry => entry.person === person)?.tier
  if (tier === undefined || after.some(entry => entry.person === person)) return null
  return after.find(entry => entry.tier === tier)?.person ?? null
}
