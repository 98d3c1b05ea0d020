/** From a service that stops to an incident without any person; and what else comes through the door of alerts. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkflowNotFoundError } from '@temporalio/client'
import { DOOR_CAUSE } from '../../domain/alerts/state.ts'
import type { AlertView } from '../../domain/alerts/view.ts'
import { alertWorkflowId } from '../../domain/ids.ts'
import { asLedgerOwner, eventually, inHost, ops, untilAvailable } from '../support/live.ts'
import {
  assertLedgerIsWhole,
  assertNothingTwice,
  endIncidents,
  estateAddress,
  estateSecret,
  incidentNow,
  incidentsOf,
  mails,
  pagesOf,
  told,
  untilCard,
  untilIncident,
} from '../support/live-response.ts'
import { withTemporal } from '../support/live-runs.ts'

const TAG = randomUUID().slice(0, 6)
const AVAILABILITY = 'opencode-acp/availability'

/** Prometheus looks, the rule waits, Alertmanager gathers: half a minute where nobody else needs the cores. */
const NEXT_WORD_S = 150

/** So long after a restart of ours a service that stops is nobody's doing. */
const EXPLAINED_MS = 2 * 60_000

before(async () => {
  await Promise.all((['alpha', 'beta'] as const).map(untilAvailable))
  await endIncidents()
})

after(async () => {
  for (const host of ['alpha', 'beta'] as const) await inHost(host, 'systemctl start opencode-acp')
  await Promise.all((['alpha', 'beta'] as const).map(untilAvailable))
  await endIncidents()
})

function deliver(body: string, token = estateSecret('alerts-token')): Promise<Response> {
  return fetch(`http://${estateAddress()}:9501/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
}

interface Fired {
  readonly metric: string
  readonly instance?: string
  readonly severity?: 'critical' | 'warning'
  readonly status?: 'firing' | 'resolved'
}

const STARTED = new Date().toISOString()

function raw({ metric, instance = 'alpha', severity = 'critical', status = 'firing' }: Fired) {
  const labels = { alertname: 'TestAlert', severity, service: 'test', metric, category: 'availability', instance }
  const annotations = { summary: `${metric} of ${instance}`, description: 'made by a test' }
  const ended = status === 'resolved' ? { endsAt: new Date().toISOString() } : {}
  return { status, labels, annotations, startsAt: STARTED, ...ended, fingerprint: `${metric}-${instance}-${severity}` }
}

function payload(alerts: readonly ReturnType<typeof raw>[]): string {
  const [first] = alerts
  const status = alerts.some(one => one.status === 'firing') ? 'firing' : 'resolved'
  const groupKey = `{}:{metric="${first?.labels.metric}"}`
  return JSON.stringify({ version: '4', groupKey, status, receiver: 'ops', truncatedAlerts: 0, alerts })
}

async function causes(): Promise<readonly AlertView[]> {
  return JSON.parse((await ops(['silence', 'list', '--json'])).stdout).causes
}

function untilCause(cause: string, what: string, isSo: (view: AlertView) => boolean): Promise<AlertView> {
  return eventually(
    `${cause}: ${what}`,
    async () => (await causes()).find(view => view.cause === cause && isSo(view)),
    90,
  )
}

async function refused(): Promise<number> {
  const text = await (await fetch(`http://${estateAddress()}:9510/metrics`)).text()
  return Number(/^ops_alert_deliveries_total\{outcome="refused"\} (\d+)/m.exec(text)?.[1] ?? 0)
}

describe('the door', () => {
  test('refuses a wrong token, what is no delivery, and 5 MB; what is lost by it is an incident', async () => {
    const before = await refused()
    const metric = `refused-${TAG}`
    const good = payload([raw({ metric })])
    const statuses = [
      (await deliver(good, 'not-the-token')).status,
      (await deliver('{"version": "4", "alerts": [{}]}')).status,
      (await deliver('not even JSON')).status,
      (await deliver(good.replace('made by a test', 'x'.repeat(5 * 1_048_576)))).status,
    ]
    assert.deepEqual(statuses, [401, 400, 400, 413])
    assert.equal(await refused(), before + 4)
    assert.equal(
      (await causes()).some(({ cause }) => cause === `test/${metric}`),
      false,
    )
    const lost = await eventually('the incident', async () =>
      (await incidentsOf(DOOR_CAUSE)).find(({ status }) => status !== 'closed'),
    )
    const name = `INC-${lost.number}`
    // The second 400 within the minute is not told; the 413 is one more alert.
    const { severity, title } = await untilIncident(name, 'both are known', ({ alerts }) => alerts.length === 2)
    assert.equal(severity, 'high')
    assert.match(title, /^Alerts are lost: a delivery was refused with 400/)
    await told('ana', 'incident', 'false-alarm', name, 'made by a test')
  })

  test('500 alerts of one cause within seconds are one incident with the count, and their end does not close it', async () => {
    const metric = `flood-${TAG}`
    const cause = `test/${metric}`
    const instances = Array.from({ length: 500 }, (_one, index) => `host-${index}`)
    const began = Date.now()
    const waiting = [...instances]
    const send = async () => {
      for (let instance = waiting.pop(); instance !== undefined; instance = waiting.pop()) {
        assert.equal((await deliver(payload([raw({ metric, instance })]))).status, 200)
      }
    }
    await Promise.all(Array.from({ length: 20 }, send))
    process.stdout.write(`  500 deliveries took ${Date.now() - began} ms\n`)
    await untilCause(cause, 'all of them counted', ({ count }) => count === 500)
    const name = await eventually('its incident', async () => {
      const number = (await incidentsOf(cause))[0]?.number
      return number === undefined ? undefined : `INC-${number}`
    })
    const { severity, declaredBy } = await incidentNow(name)
    assert.deepEqual([severity, declaredBy.person], ['critical', null])
    await untilCard(name, /CRITICAL/)
    for (const person of ['ana', 'ben', 'cy', 'dee']) {
      await eventually(`the page of ${person}`, async () => (await pagesOf(person, name))[0])
    }

    // The door passes on a sample of 20 of each delivery; the incident hears of it when so many changes have calmed down.
    for (let from = 0; from < instances.length; from += 20) {
      const over = instances.slice(from, from + 20).map(instance => raw({ metric, instance, status: 'resolved' }))
      assert.equal((await deliver(payload(over))).status, 200)
    }
    await untilCause(cause, 'over', ({ alerts }) => alerts.every(one => one.state === 'resolved'))
    const { status, acknowledged } = await incidentNow(name)
    assert.deepEqual([status, acknowledged], ['declared', null])
    assert.equal((await incidentsOf(cause)).length, 1)
    for (const person of ['ana', 'ben', 'cy', 'dee']) assert.equal((await pagesOf(person, name)).length, 1, person)
    await told('ana', 'incident', 'false-alarm', name, 'made by a test')
    await assertNothingTwice()
  })

  test('a warning is a ticket; what is silenced opens nothing until the silence ends', async () => {
    const metric = `warn-${TAG}`
    const cause = `test/${metric}`
    await deliver(payload([raw({ metric, severity: 'warning' })]))
    await eventually('a ticket', async () => ((await ops(['tickets'])).stdout.includes(cause) ? true : undefined))
    await eventually('its mail', async () => {
      const found = (await mails(/^\[TICKET\]/)).filter(({ text }) => text?.includes(cause))
      return found.length === 0 ? undefined : found
    })

    await told('ana', 'silence', 'add', cause, '--for', '1h', '--reason', 'known')
    await untilCause(cause, 'silent', ({ silence }) => silence?.by === 'ana')
    await deliver(payload([raw({ metric, severity: 'critical' })]))
    await untilCause(cause, 'both heard', ({ count }) => count === 2)
    assert.deepEqual(await incidentsOf(cause), [])
    await told('ana', 'silence', 'end', cause)
    const [row] = await eventually('its incident', async () => {
      const found = await incidentsOf(cause)
      return found.length === 0 ? undefined : found
    })
    assert.ok(!(await ops(['tickets'])).stdout.includes(cause))
    await deliver(
      payload([raw({ metric, status: 'resolved' }), raw({ metric, severity: 'warning', status: 'resolved' })]),
    )
    await untilCause(cause, 'over', ({ phase }) => phase === 'quiet')
    await told('ana', 'incident', 'false-alarm', `INC-${row?.number}`, 'made by a test')
  })
})

test('a service that stops leads to its incident by Prometheus and Alertmanager alone, and a second host joins it', async () => {
  const cause = AVAILABILITY
  await untilUnexplained()
  const earlier = (await incidentsOf(cause)).map(({ number }) => number)
  await inHost('alpha', 'systemctl stop opencode-acp')
  const row = await eventually(
    'the incident',
    async () => (await incidentsOf(cause)).find(({ number }) => !earlier.includes(number)),
    NEXT_WORD_S,
  )
  const name = `INC-${row.number}`
  const opened = await untilIncident(name, 'evidence', ({ evidenceAt }) => evidenceAt !== null)
  assert.deepEqual([opened.severity, opened.cause, opened.declaredBy.person], ['critical', cause, null])
  // Of the alerts of one cause another one may have been the first.
  await untilIncident(name, 'ServiceDown of alpha', ({ alerts }) =>
    alerts.some(one => one.name === 'ServiceDown' && one.instance === 'alpha' && one.state === 'firing'),
  )
  await untilCard(name, /opencode-acp is inactive/)
  for (const person of ['ana', 'ben', 'cy', 'dee']) {
    await eventually(`the page of ${person}`, async () =>
      (await pagesOf(person, name)).some(({ isRinging }) => isRinging) ? true : undefined,
    )
  }
  await eventually('its mail', async () => {
    const sent = await mails(/^\[INCIDENT\] OpenCode ACP - Critical - /)
    return sent.some(({ subject }) => subject?.endsWith(opened.title)) ? true : undefined
  })

  await inHost('beta', 'systemctl stop opencode-acp')
  await inHost('alpha', 'systemctl start opencode-acp')
  const joined = await eventually(
    'beta joining and alpha well',
    async () => {
      const { alerts, status } = await incidentNow(name)
      const isDown = (host: string) => alerts.some(one => one.instance === host && one.state === 'firing')
      return isDown('beta') && !isDown('alpha') ? { alerts, status } : undefined
    },
    NEXT_WORD_S,
  )
  // What has stopped firing is told, and closes nothing.
  assert.equal(joined.status, 'declared')
  await inHost('beta', 'systemctl start opencode-acp')
  const numbers = (await incidentsOf(cause)).map(({ number }) => number)
  assert.deepEqual(
    numbers.filter(number => !earlier.includes(number)),
    [row.number],
  )
  await assertNothingTwice()
  await assertLedgerIsWhole()
})

/**
 * Waits until no restart of ours, nor the start of the estate, explains why a service is away, and nothing of it fires. Tests
 * before this one have made it come and go, which damps what is told; a cause that is terminated begins anew.
 */
async function untilUnexplained(): Promise<void> {
  // All of them: the alerts of the tests before this one are events as well, and more than a list shows.
  const restarts = await asLedgerOwner(async client => {
    const text = `select body::jsonb->>'at' as at from ledger.events where body::jsonb->>'kind' = 'planned-restart'`
    const { rows } = await client.query(text)
    return rows.map(({ at }) => Date.parse(at))
  })
  await sleep(Math.max(0, Math.max(0, ...restarts) + EXPLAINED_MS - Date.now()))
  await eventually(
    'nothing firing',
    async () => {
      const view = (await causes()).find(({ cause }) => cause === AVAILABILITY)
      return view === undefined || view.alerts.every(({ state }) => state === 'resolved') ? true : undefined
    },
    NEXT_WORD_S,
  )
  await withTemporal(client =>
    client.workflow.getHandle(alertWorkflowId(AVAILABILITY)).terminate('a test begins'),
  ).catch((error: unknown) => assert.ok(error instanceof WorkflowNotFoundError, String(error)))
}
