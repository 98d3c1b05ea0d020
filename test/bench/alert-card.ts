/**
 * From an alert to its card: a critical alert's webhook is posted to the alert door of the real ingress process, and the
 * clock stops when the card of its incident stands in the channel. Real Temporal, ledger and control plane; the workspace
 * is the stand-in, the hosts are silent. Every alert is a cause of its own.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunningStandIn, startStandIn } from '../../sandbox/slack/stand-in.ts'
import { PEOPLE } from '../../sandbox/slack/world.ts'
import { startPostgres } from '../support/postgres.ts'
import { SECRET } from '../support/slack-door.ts'
import { createLedger } from '../support/test-ledger.ts'
import { openRig } from '../support/workflow-rig.ts'
import { endingWith } from './endings.ts'
import { type Figure, ROUNDS, show, spread, tell } from './figures.ts'
import { withProcess } from './processes.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ADDRESS = '127.84.6.1'
const ESTATE = join(ROOT, 'sandbox', 'estate.yaml')
const CHANNEL = 'C0INCIDENTS'
const TOKEN = 'alerts-token-of-the-bench'
const SLACK_TOKEN = 'xoxb-bench'
const ALERTS = 5
const BUDGET_MS = 2_000
const GIVE_UP_MS = 60_000
/** What an incident says below its card has gone out by then: Slack takes one message a second in a channel. */
const BETWEEN_MS = 6_000

/** A card says which alert it is about. */
const titleOf = (name: string) => `Bench ${name} is down`

export async function alertCard(): Promise<readonly Figure[]> {
  return await withEverything(async workspace => {
    const apart: number[] = []
    const together: number[] = []
    for (let round = -1; round < ROUNDS; round += 1) {
      const [one, all] = [await oneByOne(workspace, round), await atOnce(workspace, round)]
      if (round < 0) continue
      apart.push(...one)
      together.push(...all)
      tell(`  round ${round + 1}: one by one ${words(one)}; at once ${words(all)}`)
    }
    return [
      {
        name: `alert-card, ${apart.length} alerts one by one`,
        figure: words(apart),
        baseline: '',
        goal: `p95 < ${BUDGET_MS} ms`,
        met: share(apart, 0.95) < BUDGET_MS,
      },
      {
        name: `alert-card, ${ALERTS} alerts at once, ${ROUNDS} times`,
        figure: words(together),
        baseline: '',
        goal: 'the channel takes a message a second',
        met: null,
      },
    ]
  })
}

async function oneByOne(workspace: RunningStandIn['workspace'], round: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let index = 0; index < ALERTS; index += 1) {
    times.push(await timeToCard(workspace, `apart-${round + 1}-${index}`))
    await sleep(BETWEEN_MS)
  }
  return times
}

async function atOnce(workspace: RunningStandIn['workspace'], round: number): Promise<readonly number[]> {
  const names = Array.from({ length: ALERTS }, (_, index) => `together-${round + 1}-${index}`)
  const times = await Promise.all(names.map(name => timeToCard(workspace, name)))
  await sleep(ALERTS * BETWEEN_MS)
  return times
}

async function timeToCard(workspace: RunningStandIn['workspace'], name: string): Promise<number> {
  const begun = performance.now()
  const response = await fetch(`http://${ADDRESS}:9501/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(delivery(name)),
  })
  if (response.status !== 200) throw new Error(`the alert door answers ${response.status}`)
  const isCard = ({ threadTs, blocks }: { readonly threadTs?: string; readonly blocks: unknown }) =>
    threadTs === undefined && JSON.stringify(blocks).includes(titleOf(name))
  while (!workspace.messages(CHANNEL).some(isCard)) {
    if (performance.now() - begun > GIVE_UP_MS) throw new Error(`no card of ${name} within ${GIVE_UP_MS} ms`)
    await sleep(5)
  }
  return performance.now() - begun
}

function delivery(name: string): object {
  const labels = {
    alertname: 'ServiceDown',
    severity: 'critical',
    service: 'bench',
    metric: name,
    category: 'availability',
    instance: 'alpha',
  }
  const alert = {
    status: 'firing',
    labels,
    annotations: { summary: titleOf(name), description: 'gone' },
    startsAt: new Date().toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: name,
  }
  return { version: '4', groupKey: name, status: 'firing', receiver: 'ops', truncatedAlerts: 0, alerts: [alert] }
}

function words(times: readonly number[]): string {
  return `p95 ${share(times, 0.95).toFixed(0)} ms, median ${show(spread(times), 'ms', 0)}`
}

function share(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN
}

async function withEverything<T>(story: (workspace: RunningStandIn['workspace']) => Promise<T>): Promise<T> {
  const rig = await openRig(ADDRESS)
  const folder = mkdtempSync('/var/tmp/ops-bench-')
  const end = async () => {
    await rig.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  return await endingWith(end, async () => {
    const postgres = await startPostgres()
    return await endingWith(postgres.stop, async () => {
      await createLedger(postgres)
      const slack = await startStandIn({
        host: '127.0.0.1',
        port: 0,
        token: SLACK_TOKEN,
        signingSecret: SECRET,
        ingress: `http://${ADDRESS}:9500/slack/events`,
        people: PEOPLE,
      })
      return await endingWith(slack.close, async () => {
        const shared = { TEMPORAL_ADDRESS: rig.server.address, OPS_ESTATE: ESTATE }
        const controlPlane = {
          words: ['--max-semi-space-size=2', 'workers/control-plane.ts'],
          environment: {
            ...shared,
            OPS_LEDGER_URL_FILE: file('ledger', `socket://ops_ledger@${postgres.superuser.host}?db=ledger`),
            OPS_ARTEFACTS: join(folder, 'artefacts'),
            OPS_HOST_TOKENS: file('tokens', '{}'),
            OPS_SLACK_TOKEN_FILE: file('token', SLACK_TOKEN),
            OPS_SLACK_API_URL: `${slack.url}/api/`,
          },
          http: `${ADDRESS}:9400`,
        }
        const ingress = {
          words: ['starters/ingress.ts'],
          environment: {
            ...shared,
            OPS_ALERTS_HTTP: `${ADDRESS}:9501`,
            OPS_ALERTS_TOKEN_FILE: file('alerts', TOKEN),
          },
          http: `${ADDRESS}:9510`,
        }
        return await withProcess(controlPlane, () => withProcess(ingress, () => story(slack.workspace)))
      })
    })
  })
}
