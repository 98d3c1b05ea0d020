/**
 * Who speaks: an account of Slack is a person of the estate file, or nobody. The file is read again after ten seconds, what
 * Slack says about the account after a minute; what cannot be read counts as a no for decisions.
 */
import type { Unheard } from '../../domain/approvals/unheard.ts'
import { type Markup, markup } from '../../domain/chat/text.ts'
import type { PersonReader } from '../../domain/incident/words.ts'
import type { PersonId, SlackPlaces, Team } from '../../domain/team/team.ts'
import type { Sender } from './payloads.ts'
import type { SlackAccount } from './web.ts'

const TEAM_MS = 10_000
const ACCOUNT_MS = 60_000
/** How long a word that decides nothing waits for Slack. */
const PATIENCE_MS = 400

export interface SlackTeam {
  readonly team: Team
  readonly places: SlackPlaces
}

export type Who =
  | { readonly kind: 'person'; readonly id: PersonId; readonly team: Team; readonly places: SlackPlaces }
  | { readonly kind: 'refused'; readonly reason: Unheard; readonly lines: readonly Markup[] }

export interface People {
  /** Throws when the estate file cannot be read or names no workspace. */
  team(): Promise<SlackTeam>
  /** `decide`: nobody is believed for whose account Slack has not vouched within the last minute. */
  who(sender: Sender, use: 'decide' | 'speak'): Promise<Who>
}

export interface PeopleParts {
  readonly readTeam: () => Promise<Team>
  readonly account: (user: string) => Promise<SlackAccount>
  /** Monotonic, ms. */
  readonly clock?: () => number
}

export function createPeople({ readTeam, account, clock = () => performance.now() }: PeopleParts): People {
  const teams = cached(clock, TEAM_MS, async () => {
    const team = await readTeam()
    if (team.slack === null) throw new Error('the estate file names no Slack workspace')
    return { team, places: team.slack }
  })
  const accounts = new Map<string, () => Promise<SlackAccount>>()
  const accountOf = (user: string): Promise<SlackAccount> => {
    // As many as a large workspace has; then it begins anew.
    if (accounts.size > 10_000) accounts.clear()
    const known = accounts.get(user) ?? cached(clock, ACCOUNT_MS, () => account(user))
    accounts.set(user, known)
    return known()
  }
  return {
    team: teams,
    async who(sender, use) {
      const { team, places } = await teams()
      const isOurs = sender.teamId === places.teamId && sender.userTeam === places.teamId
      if (!isOurs) return refused('stranger', STRANGER)
      const person = team.people.find(({ slackUsers }) => slackUsers.includes(sender.user))
      if (person === undefined) return refused('unknown', unknown(sender.user))
      const found = await vouched(accountOf(sender.user), use)
      if (found === null && use === 'decide') return refused('unreadable', UNREADABLE)
      if (found?.isDeleted) return refused('deleted', STRANGER)
      if (found?.isBot) return refused('bot', BOT)
      if (found?.isGuest) return refused('guest', GUEST)
      if (found?.isStranger) return refused('stranger', STRANGER)
      return { kind: 'person', id: person.id, team, places }
    },
  }
}

/** Somebody who declares an incident while Slack's methods hang is believed by the estate file alone. */
async function vouched(account: Promise<SlackAccount>, use: 'decide' | 'speak'): Promise<SlackAccount | null> {
  const asked = account.catch(() => null)
  if (use === 'decide') return await asked
  const { promise, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(resolve, PATIENCE_MS, null)
  try {
    return await Promise.race([asked, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** The people of the team by id, by account, and `me`, who is nobody while it is not known who speaks. */
export function personReader(team: Team, me: PersonId | null): PersonReader {
  return text => {
    const word = text.replace(/^@/, '')
    if (/^(me|i|myself)$/i.test(word)) return me
    const person = team.people.find(({ id, slackUsers }) => id === word.toLowerCase() || slackUsers.includes(word))
    return person?.id ?? null
  }
}

function refused(reason: Unheard, lines: readonly Markup[]): Who {
  return { kind: 'refused', reason, lines }
}

const STRANGER = [
  markup`🚫 Only accounts of this workspace may use ops.`,
  markup`Ask somebody of the team to do it for you.`,
]
const BOT = [markup`🚫 Bots may not use ops: it has to be known which person asks.`]
const GUEST = [
  markup`🚫 Guests of the workspace may not use ops.`,
  markup`Ask somebody of the team, or a full account from whoever runs the workspace.`,
]
const UNREADABLE = [
  markup`🚫 Slack does not say now whether this account is a full one, so its decision cannot count.`,
  markup`Try again in a minute, or decide at the command line: ops approvals.`,
]

function unknown(user: string): readonly Markup[] {
  return [
    markup`🚫 ops does not know who you are: the account ${user} belongs to nobody of the team.`,
    markup`Ask for it to be entered in the estate file under your name (team.people).`,
  ]
}

/** One value for some time. Callers at the same moment share one reading; a failed one is forgotten at once. */
function cached<T>(clock: () => number, ms: number, read: () => Promise<T>): () => Promise<T> {
  let held: { readonly at: number; readonly value: Promise<T> } | null = null
  return () => {
    if (held !== null && clock() - held.at < ms) return held.value
    const mine = { at: clock(), value: read() }
    held = mine
    mine.value.catch(() => {
      if (held === mine) held = null
    })
    return mine.value
  }
}
