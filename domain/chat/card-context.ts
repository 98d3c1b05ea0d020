/** What every card needs besides its subject: who people are, whether changes are frozen, what time it is. */
import type { PersonId, Team } from '../team/team.ts'
import { section } from './blocks.ts'
import type { Block } from './chat.ts'
import { type Markup, markup, moment, piece } from './text.ts'

export interface Freeze {
  readonly by: string
  readonly reason: string
  readonly since: string
}

export interface CardContext {
  readonly team: Team
  readonly freeze: Freeze | null
  /** Address of the page of this run; absent when there is none that people can open. */
  readonly uiUrl?: string
  /** ISO time of the drawing. */
  readonly now: string
}

/** A person's name; the id of somebody whom the team no longer knows. */
export function nameOf(team: Team, person: PersonId | string): Markup {
  return piece(team.people.find(({ id }) => id === person)?.name ?? person, 80)
}

/** Addresses a person in Slack, so that it rings; their name when they have no account there. */
export function mentionOf(team: Team, person: PersonId): Markup {
  const user = slackUserOf(team, person)
  return user === null ? nameOf(team, person) : { mrkdwn: `<@${user}>` }
}

/** The account through which a person is reached: the first one. */
export function slackUserOf(team: Team, person: PersonId): string | null {
  const user = team.people.find(({ id }) => id === person)?.slackUsers[0]
  return user !== undefined && /^[UW][A-Z0-9]{2,30}$/.test(user) ? user : null
}

export function freezeBanner(freeze: Freeze | null): readonly Block[] {
  if (freeze === null) return []
  return section([markup`🧊 *Changes are frozen* by ${freeze.by} since ${moment(freeze.since)}: ${freeze.reason}`])
}
