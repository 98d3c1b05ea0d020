/**
 * From what Slack sent to what is done: is it ours, is there time, who is it, then the handler. Every request is
 * acknowledged once and in time, whatever happens behind it: what takes longer is told afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ACTIONS } from '../../domain/chat/chat.ts'
import { markup } from '../../domain/chat/text.ts'
import { type Answer, explained, NOTHING, NotRecorded, problem } from './answer.ts'
import { command, readCommand } from './commands.ts'
import { choiceOf, passRefused } from './decisions.ts'
import { type Acknowledge, acknowledgePending, acknowledgeWith, deliver } from './deliver.ts'
import type { Asked, Door, Speaker } from './door.ts'
import { showHome } from './home.ts'
import { TOO_OLD_MS } from './lateness.ts'
import type { DoorMetrics } from './metrics.ts'
import type { Incoming } from './payloads.ts'
import { isDecision, press, readValue, verdictOf } from './presses.ts'
import { shortcut } from './shortcuts.ts'
import { isDecisionForm, submit } from './submissions.ts'

/** Temporal's share of Slack's three seconds. */
const BUDGET_MS = 2_000
/** Nothing that was begun goes on longer than this. */
const LAST_RESORT_MS = 45_000

/** When a request came, by the monotonic clock, and how old it was then. */
export interface Arrival {
  readonly at: number
  readonly ageMs: number
}

export interface Router {
  /** Settles when the request is acknowledged; what is told later goes on. Never rejects. */
  handle(incoming: Incoming, arrival: Arrival, acknowledge: Acknowledge): Promise<void>
  /** Settles when nothing is under way any more. */
  idle(): Promise<void>
}

export function createRouter(door: Door, metrics: DoorMetrics, loopDelay: () => number): Router {
  const underWay = new Set<Promise<unknown>>()
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
      .withDeadline(Date.now() + LAST_RESORT_MS, () => answerTo(door, metrics, incoming))
      .catch((error: unknown) => {
        if (isDefect(error)) door.log.error({ err: error, kind: incoming.kind }, 'a request broke')
        return explained(error)
      })
    const timer = new AbortController()
    // On a box without time the acknowledgement itself waits for its turn.
    const budget = Math.max(200, Math.min(BUDGET_MS, TOO_OLD_MS - 200 - age) - loopDelay())
    const first = await Promise.race([work, sleep(budget, null, { signal: timer.signal }).catch(() => null)])
    timer.abort()
    if (first !== null) {
      metrics.written('in-time')
      await finish(incoming, first, acknowledge)
      return
    }
    await acknowledgePending(acknowledge, incoming)
    goOn(
      work.then(async answer => {
        metrics.written(answer.isProblem === true ? 'not' : 'late')
        await deliver(door, incoming, answer, true)
        await deliverLater(incoming, answer)
      }),
    )
  }

  async function finish(incoming: Incoming, answer: Answer, acknowledge: Acknowledge): Promise<void> {
    const isLeft = await acknowledgeWith(acknowledge, incoming, answer)
    goOn(
      (async () => {
        if (isLeft) await deliver(door, incoming, answer, false)
        await deliverLater(incoming, answer)
      })(),
    )
  }

  async function deliverLater(incoming: Incoming, { later }: Answer): Promise<void> {
    const answer = later === undefined ? null : await later()
    if (answer !== null) await deliver(door, incoming, answer, false)
  }

  return {
    async handle(incoming, arrival, acknowledge) {
      const kept: Acknowledge = async body => {
        metrics.acknowledged(incoming.kind, performance.now() - arrival.at)
        await acknowledge(body)
      }
      await route(incoming, arrival, kept).catch((error: unknown) => {
        door.log.error({ err: error, kind: incoming.kind }, 'a request could not be answered')
      })
    },
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}

const BUSY = problem(
  markup`⏳ ops is *busy*; this was *not recorded*.`,
  markup`Try again in a moment, or do it at the command line.`,
)

/** Says nothing of what is in the file: it is not known yet who asks. */
const NO_TEAM = problem(
  markup`⚠️ ops cannot find out who belongs to the team, so this was *not recorded*.`,
  markup`Whoever runs ops: \`ops estate check\`.`,
)

function isDefect(error: unknown): boolean {
  return error instanceof NotRecorded || !(error instanceof Error && error.name === 'OpsError')
}

async function answerTo(door: Door, metrics: DoorMetrics, incoming: Incoming): Promise<Answer> {
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
    // Meant for another app: nobody is told anything.
    metrics.refused('foreign')
    return NOTHING
  }
  const who = await door.people.who(sender, decides(incoming) ? 'decide' : 'speak')
  if (who.kind === 'refused') {
    metrics.refused(who.reason)
    await recordRefusal(door, incoming, who.reason)
    return incoming.kind === 'home' ? NOTHING : problem(...who.lines)
  }
  return await carry(door, incoming, { id: who.id, team, places })
}

async function carry(door: Door, incoming: Exclude<Incoming, { kind: 'ignored' }>, by: Speaker): Promise<Answer> {
  const at = new Date().toISOString()
  switch (incoming.kind) {
    case 'command': {
      const request = readCommand(incoming, by)
      return await command(door, { by, at, id: idOf(by, incoming.trigger) }, incoming, request)
    }
    case 'press': {
      const asked: Asked = { by, at: pressedAt(incoming.actionTs, at), id: idOf(by, pressId(incoming)) }
      return await press(door, asked, incoming)
    }
    case 'submission':
      return await submit(door, { by, at, id: idOf(by, `${incoming.viewId}:${incoming.hash}`) }, incoming)
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

/** Slack's time of the press, which is the same in every copy of it; ours when Slack's is none. */
function pressedAt(actionTs: string, now: string): string {
  const ms = Math.round(Number(actionTs) * 1_000)
  return Number.isFinite(ms) && Math.abs(ms - Date.parse(now)) < 60_000 ? new Date(ms).toISOString() : now
}

function isLink(incoming: Incoming): boolean {
  return incoming.kind === 'press' && (incoming.action === ACTIONS.link || incoming.action.startsWith('ops:link:'))
}

function decides(incoming: Incoming): boolean {
  switch (incoming.kind) {
    case 'press':
      return isDecision(incoming.action)
    case 'submission':
      return isDecisionForm(incoming.form)
    case 'command':
      return /^\s*(?:approve|deny|withdraw|breakglass|freeze|thaw)/i.test(incoming.text)
    default:
      return false
  }
}

/** Whoever presses a decision without being heard is on record all the same. */
async function recordRefusal(door: Door, incoming: Incoming, reason: string): Promise<void> {
  if (incoming.kind !== 'press') return
  const verdict = verdictOf(incoming.action) ?? (incoming.action === ACTIONS.deny ? 'deny' : null)
  if (verdict === null) return
  const at = pressedAt(incoming.actionTs, new Date().toISOString())
  const { user } = incoming.sender
  await passRefused(door, choiceOf(readValue(incoming.value), verdict, ''), user, reason, at).catch((error: unknown) =>
    door.log.warn({ err: error, user }, 'a refused press could not be put on record'),
  )
}
