/**
 * Who is rung, and when the next tier is (T72): the first tier at once, the next one after each interval, to the end of the
 * roster and round again, until somebody acknowledges.
 */
import { everybodyOnRoster, onCall, RESPONDERS } from '../team/roster.ts'
import type { PersonId, Team } from '../team/team.ts'
import { minutesAfter, nextOnGrid } from './deadlines.ts'
import type { Effect, Step } from './effects.ts'
import type { Incident, Paging } from './incident.ts'
import { goesBy } from './later-rules.ts'
import { isKnown, phoneOf } from './people.ts'
import { SEVERITY_RULES } from './severity.ts'
import { asked, changed, keyFor, logged, marked, nameOf, OPS, type RuleContext } from './step.ts'

/** Name in the clock under which it is remembered that everybody was rung at once. */
const ALL_HANDS = 'all-hands'

export const NO_PAGING: Paging = { tier: null, round: 0, pagedAt: null, nextAt: null, unreached: [], rung: [] }

/** Begins from the first tier, now. Nobody is rung for Medium and Low. */
export function startPaging(step: Step, why: string, context: RuleContext): Step {
  const interval = intervalOf(step.incident)
  if (interval === null) return changed(step, { paging: anew(step) })
  const fresh = changed(step, { paging: { ...anew(step), nextAt: minutesAfter(context.now, interval) } })
  return pageTierAfter(fresh, -1, why, context)
}

/** Critical (I1.1): everybody on the roster is rung at once; after that it goes on tier by tier. */
export function allHands(step: Step, why: string, context: RuleContext): Step {
  const { team, now } = context
  const interval = intervalOf(step.incident)
  const people = everybodyOnRoster(team, now).filter(person => isKnown(team, person))
  if (interval === null || people.length === 0) return startPaging(step, why, context)
  const nextAt = minutesAfter(now, interval)
  const begun = changed(step, { paging: { ...anew(step), tier: 0, pagedAt: now, nextAt } })
  return marked(pagePeople(begun, people, `all hands: ${why}`, context), ALL_HANDS, now)
}

/** Worse, while somebody has it: they keep it, and are rung with all who would be, once. Whoever acknowledges ends it. */
export function ringPastHolder(step: Step, holder: PersonId, why: string, context: RuleContext): Step {
  const { team, now } = context
  if (intervalOf(step.incident) === null) return step
  const called =
    step.incident.severity === 'critical' ? everybodyOnRoster(team, now) : peopleOfTier(team, 0, now).onCall
  const people = [...new Set([holder, ...called])].filter(person => isKnown(team, person))
  const rung = pagePeople(step, people, why, context)
  return changed(rung, { paging: { ...rung.incident.paging, alerted: people } })
}

/** The next tier, because nobody has acknowledged in time. However late it comes, the one after it is not put off. */
export function escalate(step: Step, context: RuleContext): Step {
  const { paging } = step.incident
  const interval = intervalOf(step.incident)
  if (interval === null || paging.nextAt === null) return changed(step, { paging: { ...paging, nextAt: null } })
  const nextAt = nextOnGrid(paging.nextAt, interval, context.now)
  const moved = changed(step, { paging: { ...paging, nextAt } })
  return pageTierAfter(moved, paging.tier ?? -1, 'nobody has acknowledged', context)
}

/** Silence: because somebody has it, or nobody needs to. */
export function stopPaging(step: Step, why: string): Step {
  const { paging } = step.incident
  const { alerted: _, ...rest } = paging
  const quiet = changed(step, { paging: { ...rest, nextAt: null, unreached: [] } })
  const { title } = step.incident
  const people = paging.rung === undefined ? {} : { people: paging.rung }
  return asked(quiet, { kind: 'quiet-pages', ...people, text: `${nameOf(step.incident)} ${title}: ${why}` })
}

/** Silence for good: nobody is to be rung for it any more. */
export function endPaging(step: Step, why: string): Step {
  return changed(stopPaging(step, why), { paging: NO_PAGING })
}

/** Only this person, and who was rung because it got worse, are rung no more: somebody else may have just been asked for by name. */
export function stopRinging(step: Step, person: PersonId, why: string): Step {
  const { paging, title } = step.incident
  const { alerted = [], ...rest } = paging
  const people = [...new Set([person, ...alerted])]
  const unreached = paging.unreached.filter(entry => !people.includes(entry.person))
  const quiet = changed(step, { paging: { ...rest, unreached } })
  return asked(quiet, { kind: 'quiet-pages', people, text: `${nameOf(step.incident)} ${title}: ${why}` })
}

/** Nobody has it any more: it is open to everybody again, and paging goes on from the first tier. */
export function returnToChain(step: Step, why: string, context: RuleContext): Step {
  const offers = step.incident.offers.filter(({ what }) => what !== 'acknowledgement')
  const open = changed(step, { acknowledged: null, offers })
  const text = `nobody has ${nameOf(open.incident)} any more: ${why}`
  const told = logged(open, context.now, OPS, 'unacknowledged', text)
  const key = keyFor(told, 'post')
  return startPaging(asked(told, { kind: 'post', key, text, mention: 'none' }), why, context)
}

/**
 * A page did not get through: the next person at once. First those who share the tier, then the tiers after it; whoever
 * could not be reached is passed over, so that this comes to an end.
 */
export function pageInsteadOf(step: Step, person: PersonId, context: RuleContext): Step {
  const { team, now } = context
  const { paging, acknowledged, clock } = step.incident
  const { tier } = paging
  if (acknowledged !== null || paging.nextAt === null || tier === null) return step
  const { onCall: rung, everyone } = peopleOfTier(team, tier, now)
  const atAllHands = clock[ALL_HANDS] === paging.pagedAt
  // It was an extra responder whom somebody asked for.
  if (!(atAllHands ? everybodyOnRoster(team, now) : everyone).includes(person)) return step
  const isReachable = (candidate: PersonId) =>
    isKnown(team, candidate) && !paging.unreached.some(entry => entry.person === candidate)
  if (atAllHands) {
    // Everybody is being rung already: only when that reaches none of them is there something to do.
    const isOver = !everybodyOnRoster(team, now).some(isReachable)
    return isOver && goesBy('all-hands-may-reach-nobody', context) ? nobodyLeft(step, context) : step
  }
  const why = `${person} could not be reached`
  if (rung.some(isReachable)) return step
  const colleague = everyone.find(isReachable)
  if (colleague !== undefined) return pagePeople(step, [colleague], why, context)
  const count = tierCount(team)
  for (let next = tier + 1; next < tier + count; next += 1) {
    const people = peopleOfTier(team, next % count, now).onCall.filter(isReachable)
    if (people.length > 0) return pagePeople(atTier(step, next, count, now), people, why, context)
  }
  return nobodyLeft(step, context)
}

/** Rings these people, without a line in the timeline: whoever calls writes it. */
export function ring(step: Step, people: readonly PersonId[], why: string): Step {
  const { paging } = step.incident
  const rung = paging.rung === undefined ? {} : { rung: [...new Set([...paging.rung, ...people])] }
  const known = changed(step, { paging: { ...paging, ...rung } })
  return asked(known, ...people.map(person => pageEffect(known, person, why)))
}

/** Who has been rung still rings. */
function anew({ incident: { paging } }: Step): Paging {
  const { rung: _, ...nothing } = NO_PAGING
  return paging.rung === undefined ? nothing : { ...nothing, rung: paging.rung }
}

function pageEffect(step: Step, person: PersonId, why: string): Effect {
  const { number, severity, title, impact, systems } = step.incident
  const name = nameOf(step.incident)
  const command = number === 0 ? 'ops incident list' : `ops incident ack ${name}`
  const concerned = systems.length === 0 ? '' : ` Systems: ${systems.join(', ')}.`
  const felt = impact === null ? '' : ` Impact: ${impact}.`
  return {
    kind: 'page',
    key: keyFor(step, 'page', person),
    person,
    title: `${SEVERITY_RULES[severity].title}: ${title}`,
    text: `${why}.${felt}${concerned} Acknowledge in Slack or with: ${command}`,
  }
}

function intervalOf({ severity }: Incident): number | null {
  return SEVERITY_RULES[severity].escalateMinutes
}

/** Without a roster there is one tier, of all responders. */
function tierCount({ roster }: Team): number {
  return roster?.tiers.length ?? 1
}

interface TierPeople {
  /** Rung when the tier is. */
  readonly onCall: readonly PersonId[]
  /** Whoever may stand in: on call first, then the rotation in its order. */
  readonly everyone: readonly PersonId[]
}

function peopleOfTier(team: Team, index: number, at: string): TierPeople {
  const { roster, groups } = team
  if (roster === null) return { onCall: groups[RESPONDERS] ?? [], everyone: groups[RESPONDERS] ?? [] }
  const person = onCall(team, index, at)
  const first = person === null ? [] : [person]
  return { onCall: first, everyone: [...new Set([...first, ...(roster.tiers[index]?.rotation ?? [])])] }
}

function pageTierAfter(step: Step, tier: number, why: string, context: RuleContext): Step {
  const { team, now } = context
  const count = tierCount(team)
  for (let next = tier + 1; next <= tier + count; next += 1) {
    const people = peopleOfTier(team, next % count, now).onCall.filter(person => isKnown(team, person))
    if (people.length > 0) return pagePeople(atTier(step, next, count, now), people, why, context)
  }
  return nobodyLeft(step, context)
}

/** `next` counts on past the last tier: that is another round. */
function atTier(step: Step, next: number, count: number, now: string): Step {
  const { paging } = step.incident
  const round = paging.round + Math.floor(next / count)
  return changed(step, { paging: { ...paging, tier: next % count, round, pagedAt: now } })
}

function pagePeople(step: Step, people: readonly PersonId[], why: string, context: RuleContext): Step {
  const told = logged(step, context.now, OPS, 'paged', `paged ${people.join(', ')}: ${why}`)
  return ring(told, people, why)
}

/** Nobody can be rung: whoever reads the channel calls. */
function nobodyLeft(step: Step, { team, now }: RuleContext): Step {
  const { unreached } = step.incident.paging
  const numbers = unreached.map(({ person }) => `${person} ${phoneOf(team, person) ?? '(no phone number)'}`)
  const call = numbers.length === 0 ? '' : `; call ${numbers.join(', ')}`
  const text = `nobody who is on call can be paged${call}`
  const told = logged(step, now, OPS, 'nobody-to-page', text)
  return asked(told, { kind: 'post', key: keyFor(told, 'post'), text, mention: 'here' })
}
