/** Who is meant: whom a mention addresses, who is asked for a word, who stands above. */
import { onCall, onCallNow, RESPONDERS } from '../team/roster.ts'
import type { PersonId, Team } from '../team/team.ts'
import type { Effect } from './effects.ts'
import type { Incident } from './incident.ts'
import { SEVERITY_RULES } from './severity.ts'
import type { RuleContext } from './step.ts'

export type Mention = Extract<Effect, { kind: 'post' }>['mention']

export function isKnown({ people }: Team, person: string): person is PersonId {
  return people.some(({ id }) => id === person)
}

export function personName({ people }: Team, person: PersonId): string {
  return people.find(({ id }) => id === person)?.name ?? person
}

export function phoneOf({ people }: Team, person: PersonId): string | null {
  return people.find(({ id }) => id === person)?.phone ?? null
}

/** Nobody to address is no mention. */
export function mentionPeople(people: readonly PersonId[]): Mention {
  return people.length === 0 ? 'none' : { people: [...new Set(people)] }
}

/** How the channel is addressed about an incident of this severity (I1.1). */
export function mentionFor({ severity }: Pick<Incident, 'severity'>, { team, now }: RuleContext): Mention {
  const { mention } = SEVERITY_RULES[severity]
  return mention === 'oncall' ? mentionPeople(firstOnCall(team, now)) : mention
}

export function firstOnCall(team: Team, at: string): readonly PersonId[] {
  return onCallNow(team, at)
    .slice(0, 1)
    .map(({ person }) => person)
}

/** Who writes status updates: communications, else who has it, else the commander, else who is on call. */
export function updateAuthor({ roles, acknowledged }: Incident, { team, now }: RuleContext): readonly PersonId[] {
  const author = roles.communications ?? acknowledged?.by ?? roles.commander
  return author === undefined ? firstOnCall(team, now) : [author]
}

/** Who answers for the incident: the commander, else who has it, else who is on call. */
export function inCharge({ roles, acknowledged }: Incident, { team, now }: RuleContext): readonly PersonId[] {
  const person = roles.commander ?? acknowledged?.by
  return person === undefined ? firstOnCall(team, now) : [person]
}

/** The last tier of the roster; without a second tier, the group that decides when approvers stay silent. */
export function management(team: Team, at: string): readonly PersonId[] {
  const last = (team.roster?.tiers.length ?? 0) - 1
  const person = last > 0 ? onCall(team, last, at) : null
  return person === null ? (team.groups[team.approvals.escalation] ?? []) : [person]
}

/** Whether somebody may ask for a change of a host: on the incident, on call, or in the group `responders`. */
export function isResponder(incident: Incident, person: PersonId, { team, now }: RuleContext): boolean {
  return (
    incident.responders.includes(person) ||
    (team.groups[RESPONDERS] ?? []).includes(person) ||
    onCallNow(team, now).some(entry => entry.person === person)
  )
}
