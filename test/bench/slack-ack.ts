/**
 * How quickly the door of Slack acknowledges: a signed `/ops incident …` to the real ingress process until its answer, which
 * comes after Temporal has written the incident down, beside a bare `client.workflow.start` at the same concurrency on the
 * same server. In turns; idle, and with a program that computes without pause on every core.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism, getPriority, setPriority } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { createKey } from '../../activities/adapters/signing.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import { commandBody, SECRET, send } from '../support/slack-door.ts'
import { openRig } from '../support/workflow-rig.ts'
import { endChild, endingWith } from './endings.ts'
import { type Figure, ROUNDS, show, spread, tell } from './figures.ts'
import { withProcess } from './processes.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ADDRESS = '127.84.1.1'
const CONCURRENCY = [1, 10, 50, 200]
/** Somebody who waits longer than this has been told that it failed. */
const PATIENCE_MS = 2_500
const GOAL = 2
/** Who measures stands for Slack and for a client, which have machines of their own: a busy core keeps neither from its clock. */
const OUTSIDE = -10

interface Times {
  /** Of confirmations, ms. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  /** Of all answers, ms. */
  readonly max: number
  /** Answers that were not a confirmation: late, busy or refused. */
  readonly others: number
}

export async function slackAck(): Promise<readonly Figure[]> {
  const rig = await openRig(ADDRESS)
  return await endingWith(
    () => rig.close(),
    async () =>
      await withIngress(rig.server.address, async url => [
        ...(await measure('idle', url, rig.client)),
        ...(await withBusyCores(() => measure('busy', url, rig.client))),
      ]),
  )
}

async function measure(load: string, url: string, client: Client): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const concurrency of CONCURRENCY) {
    const ours: Times[] = []
    const bare: Times[] = []
    for (let round = -1; round < ROUNDS; round++) {
      const acknowledged = () => timed(concurrency, () => acknowledge(url))
      const started = () => timed(concurrency, () => start(client))
      // Who comes first changes, so that neither always finds the other's traces.
      const [first, second] =
        round % 2 === 0 ? [await acknowledged(), await started()] : [await started(), await acknowledged()]
      if (round < 0) continue
      ours.push(round % 2 === 0 ? first : second)
      bare.push(round % 2 === 0 ? second : first)
    }
    const ratio = spread(ours.map(({ p99 }, round) => p99 / (bare[round]?.p99 ?? Number.NaN)))
    const slowest = Math.max(...ours.map(({ max }) => max))
    const others = ours.reduce((sum, one) => sum + one.others, 0)
    tell(`  ${load}, C=${concurrency}: ${words(ours)}; bare ${words(bare)}; others ${others}`)
    figures.push({
      name: `slack-ack ${load}, C=${concurrency}`,
      figure: `${words(ours)}, slowest ${slowest.toFixed(0)} ms, not confirmed ${others}`,
      baseline: `bare start: ${words(bare)}`,
      goal: `p99 x${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)}) of <= ${GOAL}, nobody > ${PATIENCE_MS} ms`,
      met: ratio.median <= GOAL && slowest <= PATIENCE_MS,
    })
  }
  return figures
}

/** Medians over the rounds. */
function words(rounds: readonly Times[]): string {
  const [p50, p95, p99] = (['p50', 'p95', 'p99'] as const).map(name => spread(rounds.map(round => round[name])))
  return `p50 ${p50?.median.toFixed(0)} p95 ${p95?.median.toFixed(0)} p99 ${p99 === undefined ? '' : show(p99, 'ms', 0)}`
}

/** Enough for a 99th percentile, and at least three turns of everybody. */
async function timed(concurrency: number, act: () => Promise<boolean>): Promise<Times> {
  const total = Math.max(100, concurrency * 3)
  const times: number[] = []
  let slowest = 0
  let others = 0
  let left = total
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const begun = performance.now()
      const isConfirmed = await act()
      const ms = performance.now() - begun
      slowest = Math.max(slowest, ms)
      // Who was told "busy" or "not confirmed yet" was not acknowledged, however quick that was.
      times.push(isConfirmed ? ms : Number.POSITIVE_INFINITY)
      if (!isConfirmed) others += 1
    }
  }
  const usual = getPriority()
  setPriority(OUTSIDE)
  await Promise.all(Array.from({ length: concurrency }, one)).finally(() => setPriority(usual))
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: slowest, others }
}

async function acknowledge(url: string): Promise<boolean> {
  const { status, body } = await send(url, commandBody(`incident low "bench ${randomUUID()}"`))
  return status === 200 && body.includes('Recorded')
}

async function start(client: Client): Promise<boolean> {
  const title = `bench ${randomUUID()}`
  const declaration = { title, severity: 'low', category: 'availability', by: { person: 'ana', door: 'slack' } }
  await client.workflow.start('incident', {
    workflowId: `incident:bare/${title}`,
    taskQueue: CONTROL_QUEUE,
    args: [{ declaration, carried: null }],
    staticSummary: title,
  })
  return true
}

async function withIngress<T>(temporal: string, story: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync('/var/tmp/ops-bench-')
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const slack = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ok: true, user: { id: 'U0ANA' } }))
  })
  slack.listen(0, '127.0.0.1')
  await once(slack, 'listening')
  const ingress = {
    words: ['starters/ingress.ts'],
    environment: {
      TEMPORAL_ADDRESS: temporal,
      OPS_ESTATE: join(ROOT, 'sandbox', 'estate.yaml'),
      OPS_SLACK_SIGNING_SECRET_FILE: file('signing', SECRET),
      OPS_SLACK_TOKEN_FILE: file('token', 'xoxb-bench'),
      OPS_SLACK_API_URL: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/api/`,
      OPS_SLACK_DOOR_KEY_FILE: file('door', createKey().privateKeyPem),
      OPS_SLACK_HTTP: `${ADDRESS}:9500`,
    },
    http: `${ADDRESS}:9510`,
  }
  return await endingWith(
    async () => {
      slack.closeAllConnections()
      slack.close()
      rmSync(folder, { recursive: true, force: true })
    },
    async () => await withProcess(ingress, async () => await story(`http://${ADDRESS}:9500`)),
  )
}

async function withBusyCores<T>(story: () => Promise<T>): Promise<T> {
  const busy = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;) Math.random()'], { stdio: 'ignore' }),
  )
  return await endingWith(() => Promise.all(busy.map(child => endChild(child, 'SIGKILL'))), story)
}
