/**
 * From what Slack sent to what is done: is it ours, is there time, who is it, then the handler. Every request is
 * acknowledged once and in time, whatever happens behind it: what takes longer is told afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Unheard } from '../../domain/approvals/unheard.ts'
import { ACTIONS } from '../../domain/chat/chat.ts'
import { markup } from '../../domain/chat/text.ts'
import type { ChatRequest } from '../../domain/chat/words.ts'
import type { PersonReader } from '../../domain/incident/words.ts'
import { type Answer, explained, NOTHING, NotRecorded, problem } from './answer.ts'
import { command } from './commands.ts'
import { passRefused } from './decisions.ts'
import {
  type Acknowledge,
  acknowledgePending,
  acknowledgeWith,
  deliver,
  deliverLate,
  deliverOutcome,
} from './deliver.ts'
import type { Asked, Door, Speaker } from './door.ts'
import { durably } from './durable.ts'
import { type Foreigners, noteForeigners } from './foreign.ts'
import { showHome } from './home.ts'
import { type Intent, intentOf, readerOf, writes } from './intent.ts'
import { TOO_OLD_MS } from './lateness.ts'
import type { DoorMetrics } from './metrics.ts'
import type { Incoming } from './payloads.ts'
import { press, readValue } from './presses.ts'
import { type Resubmissions, rememberRefusals } from './resubmitted.ts'
import { shortcut } from './shortcuts.ts'
import { submit } from './submissions.ts'

/** Temporal's share of Slack's three seconds. */
const BUDGET_MS = 2_000
/** An acknowledgement waits its turn behind those of all others that are not answered yet. */
const TURN_MS = 3
/** Nothing that was begun goes on longer than this. */
const LAST_RESORT_MS = 45_000

/** When a request came, by the monotonic clock, and how old it was then. */
export interface Arrival {
  readonly at: number
  readonly ageMs: number
  /** ISO time of the signed header, the same in every copy; absent where nothing is signed, as on a socket. */
  readonly sentAt?: string
}

export interface Router {
  /** Settles when the request is acknowledged; what is told later goes on. Never rejects. */
  handle(incoming: Incoming, arrival: Arrival, acknowledge: Acknowledge): Promise<void>
  /** Settles when nothing is under way any more. */
  idle(): Promise<void>
  /** The app for which a request was last meant that was not this one; null before any. */
  foreignApp(): string | null
}

export function createRouter(door: Door, metrics: DoorMetrics, loopDelay: () => number): Router {
  const underWay = new Set<Promise<unknown>>()
  const resubmissions = rememberRefusals()
  const foreign = noteForeigners(door.log)
  let unanswered = 0
  const goOn = (work: Promise<unknown>) => {
    const watched = work
      .catch((error: unknown) => door.log.error({ err: error }, 'what came after an acknowledgement broke'))
      .finally(() => underWay.delete(watched))
    underWay.add(watched)
  }

  async function route(incoming: Incoming, arrival: Arrival, acknowledge: Acknowledge): Promise<void> {
    const age = Math.max(arrival.ageMs + performance.now() - arrival.at, loopDelay())
    metrics.age(age)
    if (age > TOO_OLD_MS) {
      metrics.refused('busy')
      await finish(incoming, BUSY, acknowledge)
      return
    }
    const work = door.client
      .withDeadline(Date.now() + LAST_RESORT_MS, () =>
        answerTo({ door, metrics, resubmissions, foreign }, incoming, arrival),
      )
      .catch((error: unknown) => {
        // Of the home nothing is said to anybody.
        if (isDefect(error) || incoming.kind === 'home')
          door.log.error({ err: error, kind: incoming.kind }, 'a request broke')
        return explained(error)
      })
    const timer = new AbortController()
    // On a box without time the clock rings late, and the acknowledgement waits for its turn as well.
    const queue = 2 * loopDelay() + unanswered * TURN_MS
    const budget = Math.max(200, Math.min(BUDGET_MS, TOO_OLD_MS - 200 - age) - queue)
    const first = await Promise.race([work, sleep(budget, null, { signal: timer.signal }).catch(() => null)])
    timer.abort()
    if (first !== null) {
      metrics.written('in-time')
      await finish(incoming, first, acknowledge)
      return
    }
    const pending = await acknowledgePending(acknowledge, incoming, writes(incoming))
    goOn(
      (async () => {
        const [answer] = await Promise.all([work, deliver(door, incoming, pending)])
        metrics.written(answer.isProblem === true ? 'not' : 'late')
        await deliverLate(door, incoming, answer)
        await deliverLater(incoming, answer)
      })(),
    )
  }

  async function finish(incoming: Incoming, answer: Answer, acknowledge: Acknowledge): Promise<void> {
    const left = await acknowledgeWith(acknowledge, incoming, answer)
    goOn(
      (async () => {
        await deliver(door, incoming, left)
        await deliverLater(incoming, answer)
      })(),
    )
  }

  async function deliverLater(incoming: Incoming, { later }: Answer): Promise<void> {
    const answer = later === undefined ? null : await later()
    if (answer !== null) await deliverOutcome(door, incoming, answer)
  }

  return {
    async handle(incoming, arrival, acknowledge) {
      unanswered += 1
      const kept: Acknowledge = async body => {
        metrics.acknowledged(incoming.kind, performance.now() - arrival.at)
        await acknowledge(body)
      }
      await route(incoming, arrival, kept).catch((error: unknown) => {
        door.log.error({ err: error, kind: incoming.kind }, 'a request could not be answered')
      })
      unanswered -= 1
    },
    foreignApp: () => foreign.last(),
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}

const BUSY: Answer = {
  ...problem(
    markup`⏳ ops is *busy*; this was *not recorded*.`,
    markup`Try again in a moment, or do it at the command line.`,
  ),
  recorded: false,
}

/** Says nothing of what is in the file: it is not known yet who asks. */
const NO_TEAM: Answer = {
  ...problem(
    markup`⚠️ ops cannot find out who belongs to the team, so this was *not recorded*.`,
    markup`Whoever runs ops: \`ops estate check\`.`,
  ),
  recorded: false,
}

function isDefect(error: unknown): boolean {
  return error instanceof NotRecorded || !(error instanceof Error && error.name === 'OpsError')
}

interface Parts {
  readonly door: Door
  readonly metrics: DoorMetrics
  readonly resubmissions: Resubmissions
  readonly foreign: Foreigners
}

async function answerTo(parts: Parts, incoming: Incoming, arrival: Arrival): Promise<Answer> {
  const { door, metrics, foreign } = parts
  const { sender } = incoming
  const known = await door.people.team().catch((error: unknown) => {
    door.log.error({ err: error }, 'the team cannot be read, so nobody is heard')
    return null
  })
  if (known === null) {
    metrics.refused('no-team')
    return NO_TEAM
  }
  const { team, places } = known
  if (incoming.kind === 'ignored' || isLink(incoming)) return NOTHING
  if (sender.appId !== places.appId) {
    // Meant for another app: nobody in the chat is told anything. Whoever runs ops has to know: the estate file may be wrong.
    metrics.refused('foreign')
    foreign.note(sender, places)
    return NOTHING
  }
  const intent = understood(incoming, readerOf(team, sender.user))
  const decides = !(intent instanceof Error) && intent.decides
  const who = await door.people.who(sender, decides ? 'decide' : 'speak')
  const now = new Date().toISOString()
  // Whoever sends a captured decision once more makes the same statement, whatever has forgotten the first one.
  const at = decides ? (arrival.sentAt ?? now) : now
  if (who.kind === 'refused') {
    metrics.refused(who.reason)
    const later = async () => await recordRefusal(door, incoming, intent, who.reason, at)
    return incoming.kind === 'home' ? NOTHING : { ...problem(...who.lines), later }
  }
  // Whoever may speak is told what is wrong with the words.
  if (intent instanceof Error) throw intent
  return await carry(parts, incoming, intent.words, { by: { id: who.id, team, places }, at })
}

/** Read once: what Slack has to vouch for is what is carried out. */
function understood(incoming: Incoming, personOf: PersonReader): Intent | Error {
  try {
    return intentOf(incoming, personOf)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function carry(
  { door, resubmissions }: Parts,
  incoming: Exclude<Incoming, { kind: 'ignored' }>,
  words: ChatRequest | null,
  { by, at }: Pick<Asked, 'by' | 'at'>,
): Promise<Answer> {
  switch (incoming.kind) {
    case 'command':
      if (words === null) throw new TypeError('a command without words')
      return await command(door, { by, at, id: idOf(by, incoming.trigger) }, incoming, words)
    case 'press': {
      const asked: Asked = { by, at: pressedAt(incoming.actionTs, at), id: idOf(by, pressId(incoming)) }
      return await press(door, asked, incoming)
    }
    case 'submission': {
      const answer = await submit(door, { by, at, id: idOf(by, resubmissions.idOf(incoming)) }, incoming)
      if (answer.isProblem === true) resubmissions.refused(incoming)
      return answer
    }
    case 'shortcut':
      return await shortcut(door, { by, at, id: idOf(by, incoming.trigger) }, incoming)
    case 'home':
      await showHome(door, incoming.sender.user, by)
      return NOTHING
  }
}

/** By Slack's own ids: the same request has the same one, wherever and however often it arrives. */
function idOf({ places }: Speaker, own: string): string {
  return `slack:${places.teamId}:${own}`
}

function pressId({ action, actionTs, sender, value }: Extract<Incoming, { kind: 'press' }>): string {
  return `${sender.user}:${action}:${readable(value)}:${actionTs}`
}

function readable(value: string): string {
  try {
    const { w, a } = readValue(value)
    return a ?? w
  } catch {
    return ''
  }
}

/** Slack's time of the press, to the millisecond; that of its request when it is none. */
function pressedAt(actionTs: string, at: string): string {
  const ms = Math.round(Number(actionTs) * 1_000)
  return Number.isFinite(ms) && Math.abs(ms - Date.parse(at)) < 60_000 ? new Date(ms).toISOString() : at
}

function isLink(incoming: Incoming): boolean {
  return incoming.kind === 'press' && (incoming.action === ACTIONS.link || incoming.action.startsWith('ops:link:'))
}

/** Whoever decides without being heard is on record all the same. */
async function recordRefusal(
  door: Door,
  incoming: Incoming,
  intent: Intent | Error,
  why: Unheard,
  at: string,
): Promise<null> {
  const { user } = incoming.sender
  try {
    const choice = intent instanceof Error ? null : intent.choice()
    const when = incoming.kind === 'press' ? pressedAt(incoming.actionTs, at) : at
    if (choice !== null) await durably(door, () => passRefused(door, choice, user, why, when))
  } catch (error) {
    door.log.warn({ err: error, user }, 'a refused decision could not be put on record')
  }
  return null
}
