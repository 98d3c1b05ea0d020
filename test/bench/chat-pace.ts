/**
 * An hour of a bad day, on a clock of its own: a hundred open incidents whose cards all change every ten seconds. How often
 * Slack is asked to edit, and how far a card lags behind what it shows, beside sending every change by itself.
 */
import { createPace } from '../../domain/chat/pace.ts'
import type { Figure } from './figures.ts'

const CARDS = 100
const CHANGE_MS = 10_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const STEP_MS = 100

/** As workflows and activities have it: a card rests between two drawings, a call waits so long and comes back. */
const REST_MS = 2_000
const PATIENCE_MS = 45_000
const COME_BACK_MS = 1_000

/** Slack's tier for chat.update. */
const TIER = 50
/** Each card gets its turn in CARDS / 45 minutes; on top comes what it has changed meanwhile, and coming back. */
const LAG_BUDGET_S = 150

interface Hour {
  /** Of edits in any minute. */
  readonly busiest: number
  /** Longest that a change was not on its card, ms; those that never were count until the end. */
  readonly lag: number
}

interface Card {
  /** The first change that the card does not show. */
  dirtySince: number | null
  state:
    | { readonly kind: 'idle' | 'resting'; readonly until: number }
    | { readonly kind: 'waiting'; readonly giveUpAt: number }
  /** When it first stood in the queue for this drawing. */
  since: number | null
}

const EACH_MS = CHANGE_MS / CARDS

const UPDATE = { method: 'chat.update', channel: null }

function coalesced(): Hour {
  const pace = createPace()
  const cards = Array.from(
    { length: CARDS },
    (): Card => ({ dirtySince: null, state: { kind: 'idle', until: 0 }, since: null }),
  )
  const sent: number[] = []
  let lag = 0
  for (let now = 0; now <= HOUR_MS; now += STEP_MS) {
    cards.forEach((card, ticket) => {
      if (now % CHANGE_MS === 0) card.dirtySince ??= now
      if (card.state.kind === 'waiting' && now >= card.state.giveUpAt) {
        pace.leave(ticket)
        card.state = { kind: 'resting', until: now + COME_BACK_MS }
      } else if (card.state.kind !== 'waiting' && now >= card.state.until && card.dirtySince !== null) {
        card.since ??= now
        pace.ask(ticket, UPDATE, card.since)
        card.state = { kind: 'waiting', giveUpAt: now + PATIENCE_MS }
      }
    })
    for (const ticket of pace.grant(now).tickets) {
      const card = cards[ticket]
      if (card === undefined) continue
      sent.push(now)
      lag = Math.max(lag, now - (card.dirtySince ?? now))
      Object.assign(card, { dirtySince: null, since: null, state: { kind: 'resting', until: now + REST_MS } })
    }
  }
  return {
    busiest: busiestMinute(sent),
    lag: Math.max(lag, ...cards.map(card => HOUR_MS - (card.dirtySince ?? HOUR_MS))),
  }
}

/** Every change is an edit of its own, at the same pace; change n happens at n times a hundred milliseconds. */
function oneByOne(): Hour {
  const pace = createPace()
  const sent: number[] = []
  let lag = 0
  let asked = 0
  for (let now = 0; now <= HOUR_MS; now += STEP_MS) {
    // In order, so that only the head of the queue needs to stand in it.
    for (; asked * EACH_MS <= now && asked < sent.length + 10; asked += 1) pace.ask(asked, UPDATE, asked * EACH_MS)
    for (const ticket of pace.grant(now).tickets) {
      sent.push(now)
      lag = Math.max(lag, now - ticket * EACH_MS)
    }
  }
  return { busiest: busiestMinute(sent), lag: Math.max(lag, HOUR_MS - sent.length * EACH_MS) }
}

function busiestMinute(times: readonly number[]): number {
  return Math.max(...times.map(start => times.filter(at => at >= start && at < start + MINUTE_MS).length))
}

export async function chatPace(): Promise<readonly Figure[]> {
  const [cards, baseline] = [coalesced(), oneByOne()]
  const minutes = (ms: number) => `${(ms / MINUTE_MS).toFixed(1)} min`
  return [
    {
      name: 'cards of 100 open incidents, edits in the busiest minute',
      figure: `${cards.busiest}`,
      baseline: `${baseline.busiest} one by one`,
      goal: `<= ${TIER} (Slack's tier)`,
      met: cards.busiest <= TIER,
    },
    {
      name: 'oldest card, after an hour of changes every 10 s',
      figure: minutes(cards.lag),
      baseline: `${minutes(baseline.lag)} one by one`,
      goal: `<= ${minutes(LAG_BUDGET_S * 1_000)}`,
      met: cards.lag <= LAG_BUDGET_S * 1_000,
    },
  ]
}
