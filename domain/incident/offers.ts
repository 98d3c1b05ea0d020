/** Hand-overs that wait for their receiver: made by whoever has something, and void once they have it no more. */
import type { PersonId } from '../team/team.ts'
import type { Effect, Step } from './effects.ts'
import type { Actor, Incident, Offer } from './incident.ts'
import { asked, changed, keyFor, logged, nameOf } from './step.ts'

/** The new offer takes the place of an earlier one of the same thing. Its id is that of the line that tells of it. */
export function makeOffer(
  step: Step,
  { what, from, to }: Pick<Offer, 'what' | 'from' | 'to'>,
  actor: Actor,
  now: string,
): Step {
  const told = logged(step, now, actor, 'offered', `${from} offers ${thing(what)} to ${to}`)
  const { incident } = told
  const made: Offer = { id: `offer-${incident.entries}`, what, from, to, at: now }
  const offer: Offer = actor.person === null ? { ...made, byOps: true } : made
  const others = incident.offers.filter(candidate => candidate.what !== what)
  const text = `${from} offers you ${thing(what)} of ${nameOf(incident)} (${incident.title}). Accept it with the button on the card, or: ops incident accept ${nameOf(incident)} ${offer.id}`
  return asked(changed(told, { offers: [...others, offer] }), tell(told, to, text))
}

/** The holder stays on it: what was offered in their place is offered no more, what they have offered themselves still is. */
export function stillHeld(step: Step): Step {
  const { acknowledged } = step.incident
  const offers = step.incident.offers.filter(({ what, byOps }) => what !== 'acknowledgement' || byOps !== true)
  if (acknowledged === null) return changed(step, { offers })
  const { shiftOver: _, ...held } = acknowledged
  return changed(step, { offers, acknowledged: { ...held, askedAt: null } })
}

/** Whoever has it now; null for nobody. */
export function holderOf({ acknowledged, roles }: Incident, what: Offer['what']): PersonId | null {
  return what === 'acknowledgement' ? (acknowledged?.by ?? null) : (roles[what] ?? null)
}

export function tell(step: Step, person: PersonId, text: string): Effect {
  return { kind: 'tell', key: keyFor(step, 'tell', person), person, text }
}

export function thing(what: Offer['what']): string {
  return what === 'acknowledgement' ? 'the acknowledgement' : `the role ${what}`
}
