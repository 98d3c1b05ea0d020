/** Who has the incident, who leads it, who else is asked in: acknowledgement, roles, hand-overs, responders. */
import { localTime } from '../calendar.ts'
import type { PersonId } from '../team/team.ts'
import type { Step } from './effects.ts'
import { goesBy } from './later-rules.ts'
import { keepInformed } from './notices.ts'
import { holderOf, makeOffer, stillHeld, tell, thing } from './offers.ts'
import { ring, stopPaging, stopRinging } from './paging.ts'
import { isKnown } from './people.ts'
import { type CommandOf, done, type PersonalCase, type Ruling, refused } from './ruling.ts'
import { asked, begin, changed, logged, nameOf } from './step.ts'
import { clean, cutWords, LONGEST } from './text.ts'
import { transition } from './transitions.ts'

/** The first one has it, and every page falls silent. Whoever comes after is told who that is, and is rung no more. */
export function acknowledge(_command: CommandOf<'acknowledge'>, situation: PersonalCase): Ruling {
  const { incident, by, actor, now, team } = situation
  const holder = incident.acknowledged
  const name = nameOf(incident)
  if (holder === null) {
    const next = transition(incident.status, 'acknowledge', 'investigating')
    const held = changed(begin(incident), {
      acknowledged: { by, at: now, activeAt: now, askedAt: null },
      respondedAt: incident.respondedAt ?? now,
      responders: withPerson(incident.responders, by),
      status: next?.to ?? incident.status,
    })
    const told = logged(held, now, actor, 'acknowledged', `${by} has ${name}`)
    return done(stopPaging(told, `${by} has it`), `you have ${name}`)
  }
  if (holder.by === by) {
    return done(stayingOn(situation), `you have ${name} already`)
  }
  const joined = changed(begin(incident), { responders: withPerson(incident.responders, by) })
  const told = logged(joined, now, actor, 'joined', `${by} joins ${holder.by}, who has it`)
  const text = `${holder.by} has ${name} since ${localTime(holder.at, team.timezone)}; you are one of its responders now`
  return done(stopRinging(told, by, `${holder.by} has it`), text)
}

export function stillOnIt(_command: CommandOf<'still-on-it'>, situation: PersonalCase): Ruling {
  const { incident, by } = situation
  const holder = incident.acknowledged
  if (holder === null) return refused(`nobody has ${nameOf(incident)}`, 'Acknowledge it, and you have it.')
  if (holder.by !== by) return refused(`${holder.by} has it, not you`, 'A note shows as well that somebody is on it.')
  return done(stayingOn(situation), 'good, it stays with you')
}

function stayingOn(situation: PersonalCase): Step {
  const { incident, by, actor, now } = situation
  const told = logged(stillHeld(begin(incident)), now, actor, 'still-on-it', `${by} is still on it`)
  return answered(told, `${by} has it`, situation)
}

/** Whoever answers may have been rung for it, whatever they have already. */
function answered(step: Step, why: string, situation: PersonalCase): Step {
  return goesBy('answers-silence-whoever-answers', situation) ? stopRinging(step, situation.by, why) : step
}

/** A free role is given at once. One that somebody has changes hands only by a hand-over. */
export function giveRole({ role, person }: CommandOf<'role'>, situation: PersonalCase): Ruling {
  const { incident, by, actor, now, team } = situation
  if (!isKnown(team, person)) return unknownPerson(person)
  const holder = incident.roles[role]
  if (holder === person) return refused(`${person} is ${role} already`, 'Nothing has to be done.')
  if (holder !== undefined && isKnown(team, holder)) {
    return refused(`${holder} is ${role}`, `Only ${holder} can hand it over: ops incident handoff.`)
  }
  const given = changed(begin(incident), {
    roles: { ...incident.roles, [role]: person },
    responders: withPerson(incident.responders, person),
    offers: incident.offers.filter(({ what }) => what !== role),
  })
  const told = logged(given, now, actor, 'role', `${person} is ${role}${person === by ? '' : `, named by ${by}`}`)
  const text = `you are ${role} of ${nameOf(incident)} (${incident.title})`
  return done(person === by ? told : asked(told, tell(told, person, text)), `${person} is ${role}`)
}

/** Offered by whoever has it; it stays theirs until the receiver accepts. */
export function handOff({ what, to }: CommandOf<'hand-off'>, situation: PersonalCase): Ruling {
  const { incident, by, actor, now, team } = situation
  if (!isKnown(team, to)) return unknownPerson(to)
  const holder = holderOf(incident, what)
  if (holder === null) return refused(`nobody has ${thing(what)}`, 'Take it yourself; what is free needs no hand-over.')
  if (holder !== by) return refused(`${holder} has ${thing(what)}, not you`, `Ask ${holder} to hand it over.`)
  if (to === by) return refused(`you have ${thing(what)} already`, 'Name somebody else.')
  const step = makeOffer(begin(incident), { what, from: by, to }, actor, now)
  return done(step, `offered to ${to}; it stays yours until ${to} accepts`)
}

/** Only the receiver accepts, and only while the giver still has it. */
export function accept({ offer: id }: CommandOf<'accept'>, situation: PersonalCase): Ruling {
  const { incident, by, actor, now } = situation
  const offer = incident.offers.find(candidate => candidate.id === id)
  if (offer === undefined) return refused('this offer is not open any more', 'The card shows who has what.')
  if (offer.to !== by) return refused(`this is offered to ${offer.to}`, `${offer.to} has to accept it.`)
  const holder = holderOf(incident, offer.what)
  if (holder !== offer.from) {
    return refused(`${offer.from} does not have it any more`, 'Ask whoever the card names.')
  }
  const { what } = offer
  const open = changed(begin(incident), {
    offers: incident.offers.filter(candidate => candidate.what !== what),
    responders: withPerson(incident.responders, by),
    ...(what === 'acknowledgement'
      ? { acknowledged: { by, at: now, activeAt: now, askedAt: null } }
      : { roles: { ...incident.roles, [what]: by } }),
  })
  const told = logged(open, now, actor, 'handed-over', `${by} takes over ${thing(what)} from ${offer.from}`)
  const text = `${by} has taken over ${thing(what)} of ${nameOf(incident)}`
  const informed = keepInformed(asked(told, tell(told, offer.from, text)), text, [by, offer.from], situation)
  const silent = answered(informed, text, situation)
  return done(silent, `you have ${thing(what)} now`)
}

/** One more responder, rung until they acknowledge, whoever has the incident. */
export function pageResponder({ person, message }: CommandOf<'page'>, situation: PersonalCase): Ruling {
  const { incident, by, actor, now, team } = situation
  if (!isKnown(team, person)) return unknownPerson(person)
  const text = clean(message, LONGEST.page)
  const joined = changed(begin(incident), { responders: withPerson(incident.responders, person) })
  const reason = text === '' ? `${by} needs you` : `${by} needs you: ${text}`
  const told = logged(joined, now, actor, 'paged', `${by} asks for ${person}${text === '' ? '' : `: ${text}`}`)
  return done(ring(told, [person], reason), `${person} is being paged${cutWords(LONGEST.page, message)}`)
}

export function subscribe(_command: CommandOf<'subscribe'>, { incident, by, actor, now }: PersonalCase): Ruling {
  const next = changed(begin(incident), { subscribers: withPerson(incident.subscribers, by) })
  return done(
    logged(next, now, actor, 'subscribed', `${by} follows`),
    `you hear of every change of ${nameOf(incident)}`,
  )
}

export function unsubscribe(_command: CommandOf<'unsubscribe'>, { incident, by, actor, now }: PersonalCase): Ruling {
  const next = changed(begin(incident), { subscribers: incident.subscribers.filter(person => person !== by) })
  return done(logged(next, now, actor, 'unsubscribed', `${by} follows no more`), 'you hear no more of it')
}

export function unknownPerson(person: string): Ruling {
  return refused(
    `nobody is called "${clean(person, 40)}"`,
    'The people of the team are in the estate file: ops oncall.',
  )
}

export function withPerson(people: readonly PersonId[], person: PersonId): readonly PersonId[] {
  return people.includes(person) ? people : [...people, person]
}
