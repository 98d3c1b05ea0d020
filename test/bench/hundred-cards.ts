/**
 * Five real minutes with a hundred open incidents that all change every ten seconds, on a booted estate: what the stand-in
 * for Slack, which has Slack's limits, is asked for, and how far the cards are behind when the changes end.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { admin, type StandIn } from '../../sandbox/slack/client.ts'
import { end, open, tell as say, untilIt } from './bench-incident.ts'
import { type Figure, tell } from './figures.ts'
import { type BenchEstate, onEstate } from './on-estate.ts'

const CARDS = 100
const CHANGE_MS = 10_000
const MINUTES = 5
/** Slack's tier for chat.update. */
const TIER = 50
/** As on the virtual clock of chat-pace. */
const LAG_BUDGET_S = 150

interface Kept {
  readonly calls: Readonly<Record<string, number>>
  readonly limited: Readonly<Record<string, number>>
  readonly channels: readonly { readonly messages: readonly object[] }[]
}

export async function hundredCards(): Promise<readonly Figure[]> {
  return await onEstate(async ({ client, environment }) => {
    const slack = standIn(environment)
    const kept = async () => (await admin(slack, 'state')) as Kept
    const ids = await Promise.all(Array.from({ length: CARDS }, (_, index) => open(client, `card ${index}`)))
    try {
      for (const id of ids) await untilIt(client, id, ({ evidenceAt }) => evidenceAt !== null, 600)
      await untilShown(kept, index => `card ${index} —`, 600_000)
      tell(`  ${CARDS} cards stand in the channel`)
      const before = await kept()
      const minutes: number[] = []
      let change = 0
      const words = (index: number) => `card ${index} change ${change} .`
      for (let seen = edits(before), minute = 1; minute <= MINUTES; minute++) {
        for (let turn = 0; turn < 60_000 / CHANGE_MS; turn++) {
          change += 1
          const pause = sleep(CHANGE_MS)
          await Promise.all(ids.map((id, index) => say(client, id, impact(words(index)))))
          await pause
        }
        const now = edits(await kept())
        minutes.push(now - seen)
        seen = now
        tell(`  minute ${minute}: ${minutes.at(-1)} edits`)
      }
      const ended = performance.now()
      await untilShown(kept, words, 600_000)
      const lag = (performance.now() - ended) / 1_000
      const after = await kept()
      const limited = refusals(after) - refusals(before)
      return [
        {
          name: `${CARDS} cards, five real minutes, edits in the busiest minute`,
          figure: `${Math.max(...minutes)} (${minutes.join(', ')}), refused with 429: ${limited}`,
          baseline: `${(CARDS * 60_000) / CHANGE_MS} changes a minute`,
          goal: `<= ${TIER} (Slack's tier)`,
          met: Math.max(...minutes) <= TIER && limited === 0,
        },
        {
          name: `${CARDS} cards, until all show the last change`,
          figure: `${lag.toFixed(0)} s`,
          baseline: '-',
          goal: `<= ${LAG_BUDGET_S} s`,
          met: lag <= LAG_BUDGET_S,
        },
      ]
    } finally {
      for (const id of ids) await end(client, id).catch(() => {})
    }
  })
}

/** Waits until these words of every card are in the channels. */
async function untilShown(kept: () => Promise<Kept>, words: (index: number) => string, mostMs: number): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < mostMs; await sleep(1_000)) {
    const shown = JSON.stringify((await kept()).channels)
    if (Array.from({ length: CARDS }, (_, index) => index).every(index => shown.includes(words(index)))) return
  }
  throw new Error(`not every card shows "${words(0)}" and its like after ${mostMs / 1_000} s`)
}

const impact = (text: string) =>
  ({
    kind: 'classify',
    impact: text,
    severity: null,
    category: null,
    systems: null,
    expectedResolution: null,
  }) as const

const edits = ({ calls }: Kept): number => calls['chat.update'] ?? 0

const refusals = ({ limited }: Kept): number => Object.values(limited).reduce((sum, one) => sum + one, 0)

function standIn(environment: BenchEstate['environment']): StandIn {
  const address = new URL(environment.OPS_HTTP ?? '').hostname
  const token = readFileSync(join(dirname(environment.OPS_LEDGER_URL_FILE ?? ''), 'slack-token'), 'utf8').trim()
  return { url: `http://${address}:9600`, token }
}
