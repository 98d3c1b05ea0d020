import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createAlertmanager } from '../../activities/adapters/alertmanager.ts'
import type { EventFilter } from '../../activities/adapters/ledger/list.ts'
import { createAlertActivities } from '../../activities/alerts.ts'
import { OpsError } from '../../domain/failures.ts'
import type { EventRow } from '../../domain/ledger.ts'
import { eventually } from '../support/alert-rig.ts'
import { type Monitor, startAlertmanager } from '../support/monitoring.ts'
import { team } from '../support/team.ts'

const CONFIG = `route: {receiver: none}
receivers: [{name: none}]
inhibit_rules:
  - {source_matchers: ['metric="availability"'], target_matchers: ['metric="response_time"'], equal: [service]}
`

let folder = ''
let monitor: Monitor
before(async () => {
  folder = await mkdtemp('/var/tmp/ops-test-')
  await writeFile(join(folder, 'alertmanager.yml'), CONFIG)
  monitor = await startAlertmanager(folder, '127.7.43.1:9093', join(folder, 'alertmanager.yml'))
})
after(async () => {
  await monitor.stop()
  await rm(folder, { recursive: true, force: true })
})

const send = async (path: string, body: unknown) => {
  const request = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  assert.equal((await fetch(`${monitor.url}/api/v2/${path}`, request)).status, 200)
}

const fire = async (metric: string, instance: string, rest: { service?: string; endsAt?: string } = {}) => {
  const { service = 'opencode-acp', ...times } = rest
  const labels = { alertname: 'ServiceDown', severity: 'critical', service, metric, instance }
  await send('alerts', [{ labels, annotations: { summary: `down on ${instance}` }, ...times }])
}

test('what fires is read, of one cause or of all', async () => {
  const alertmanager = createAlertmanager(monitor.url)
  assert.deepEqual(await alertmanager.firing(null), [])
  await fire('availability', 'alpha')
  await fire('availability', 'beta')
  await fire('disk', 'alpha')
  await eventually('three alerts', async () => (await alertmanager.firing(null)).length === 3)
  const down = await alertmanager.firing('opencode-acp/availability')
  assert.deepEqual(down.map(({ instance }) => instance).toSorted(), ['alpha', 'beta'])
  assert.equal(down[0]?.level, 'critical')
  assert.match(down[0]?.summary ?? '', /^down on/)
})

test('one that is not there is the host’s trouble, something else there the tool’s', async () => {
  await assert.rejects(createAlertmanager('http://127.7.43.1:9094').firing(null), (error: unknown) => {
    return error instanceof OpsError && error.owner === 'host' && /ECONNREFUSED/.test(error.message)
  })
  const server = createServer((_, response) => void response.end('<html>'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await assert.rejects(createAlertmanager(`http://127.0.0.1:${port}`).firing(null), (error: unknown) => {
    return error instanceof OpsError && error.owner === 'tool'
  })
  server.close()
})

interface Held {
  readonly fingerprint: string
  readonly status: { readonly state: string }
  readonly labels: Readonly<Record<string, string>>
}

const SILENCED_UNTIL = '2026-11-23T12:00:00.000Z'

const ports = {
  ledger: { listEvents: async () => [] },
  readTeam: async () => team,
  alertmanager: null,
  silenceOf: async (cause: string) => (cause === 'other/response_time' ? SILENCED_UNTIL : null),
  heartbeatUrl: null,
}

test('an incident reads its alerts, and does without when Alertmanager is not there or not configured', async () => {
  await fire('sessions', 'beta')
  const alertmanager = createAlertmanager(monitor.url)
  const { readAlerts } = createAlertActivities({ ...ports, alertmanager })
  const found = await readAlerts({ cause: 'opencode-acp/sessions' })
  assert.equal(found?.[0]?.instance, 'beta')
  assert.equal(found[0]?.state, 'firing')
  const away = createAlertActivities({ ...ports, alertmanager: createAlertmanager('http://127.7.43.1:9094') })
  assert.equal(await away.readAlerts({ cause: null }), null)
  assert.equal(await createAlertActivities(ports).readAlerts({ cause: null }), null)
})

test('whether an alert has ended is known by what Alertmanager holds, silenced and inhibited ones as well', async t => {
  let startedAt = Date.now()
  /** The real one, but for the time at which it started. */
  const relay = createServer(async ({ url = '' }, response) => {
    if (url === '/api/v2/status') response.end(JSON.stringify({ uptime: new Date(startedAt).toISOString() }))
    else response.end(await (await fetch(`${monitor.url}${url}`)).text())
  })
  t.after(() => relay.closeAllConnections())
  t.after(() => relay.close())
  await new Promise<void>(resolve => relay.listen(0, '127.0.0.1', resolve))
  const { port } = relay.address() as AddressInfo
  const alertmanager = createAlertmanager(`http://127.0.0.1:${port}`)
  const { lookUpAlerts } = createAlertActivities({ ...ports, alertmanager })
  await fire('availability', 'gamma', { service: 'other' })
  await fire('response_time', 'gamma', { service: 'other' })
  await fire('memory', 'gamma', { service: 'other' })
  const matchers = [{ name: 'metric', value: 'memory', isRegex: false }]
  const [startsAt, endsAt] = [new Date().toISOString(), new Date(Date.now() + 60_000).toISOString()]
  await send('silences', { matchers, startsAt, endsAt, createdBy: 'ana', comment: 'a test' })

  const plain = async () => (await (await fetch(`${monitor.url}/api/v2/alerts`)).json()) as readonly Held[]
  const suppressed = await eventually('an inhibited and a silenced one', async () => {
    const found = (await plain()).filter(({ status }) => status.state === 'suppressed')
    return found.length === 2 && found
  })
  const [one = '', other = ''] = suppressed.map(({ fingerprint }) => fingerprint)
  const gone = '0123456789abcdef'
  const ask = async (...fingerprints: readonly string[]) => {
    const alerts = fingerprints.map(fingerprint => ({ fingerprint, since: startsAt }))
    return (await lookUpAlerts({ cause: null, alerts })).map(({ state }) => state)
  }

  startedAt = Date.now() - 6 * 60_000
  assert.deepEqual(await ask(one, gone), ['unknown', 'unknown'], 'without a watchdog nobody knows')
  await fire('watchdog', 'none', { service: 'ops' })
  await eventually('the watchdog', async () => (await alertmanager.holding(Date.now())) !== null)
  assert.deepEqual(await ask(one, other, gone), ['firing', 'firing', 'ended'])
  const inhibited = suppressed.find(({ labels }) => labels.metric === 'response_time')?.fingerprint ?? ''
  const both = [inhibited, gone].map(fingerprint => ({ fingerprint, since: startsAt }))
  assert.deepEqual(
    (await lookUpAlerts({ cause: 'opencode-acp/sessions', alerts: both })).map(({ silencedUntil }) => silencedUntil),
    [SILENCED_UNTIL, null],
    'its own cause counts',
  )
  assert.deepEqual(await ask('watchdog', 'refused-delivery-413'), ['unknown', 'unknown'], 'ours are not told by it')
  assert.equal(await alertmanager.holding(Date.now() + 3 * 60_000), null, 'an old watchdog says nothing')
  await fire('response_time', 'gamma', { service: 'other', endsAt: new Date().toISOString() })
  await eventually('one end, of which nobody is told', async () => (await ask(one, other)).includes('ended'))
  startedAt = Date.now()
  assert.deepEqual(await ask(gone), ['unknown'], 'it has just started')
  relay.closeAllConnections()
  await new Promise(resolve => relay.close(resolve))
  assert.deepEqual(await ask(gone), ['unknown'], 'it is away')
  const alerts = [{ fingerprint: gone, since: startsAt }]
  const away = await createAlertActivities(ports).lookUpAlerts({ cause: 'other/response_time', alerts })
  assert.deepEqual(away, [{ fingerprint: gone, since: startsAt, state: 'unknown', silencedUntil: SILENCED_UNTIL }])
})

test('the sign of life gets through, or says why not without telling the address', async () => {
  assert.equal(await createAlertActivities(ports).sendHeartbeat(), false)
  let status = 200
  let beats = 0
  const server = createServer((request, response) => {
    if (request.method === 'POST') beats += 1
    response.writeHead(status).end('ok')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const heartbeatUrl = `http://127.0.0.1:${port}/ping/secret-of-ours`
  const { sendHeartbeat } = createAlertActivities({ ...ports, heartbeatUrl })
  assert.equal(await sendHeartbeat(), true)
  assert.equal(beats, 1)
  status = 500
  await assert.rejects(sendHeartbeat(), /answered 500/)
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await assert.rejects(sendHeartbeat(), (error: unknown) => {
    return error instanceof OpsError && error.owner === 'host' && !/secret-of-ours/.test(error.message)
  })
})

test('planned restarts of the last minutes come with the calendar', async () => {
  const at = '2026-11-23T10:00:00.000Z'
  const restart = { id: 'r', kind: 'planned-restart', target: 'alpha', at, reason: 'patch', by: 'ana' } as const
  const alert = (index: number) =>
    ({ id: `a${index}`, kind: 'alert', target: 'alpha', at, reason: 'x', by: 'alertmanager' }) as const
  /** Newest first, as the ledger lists them: a storm of alerts came after the restart. */
  const rows: readonly EventRow[] = [...Array.from({ length: 600 }, (_, index) => alert(index)), restart]
  const asked: unknown[] = []
  const ledger = {
    async listEvents(filter: EventFilter) {
      asked.push(filter)
      return rows.filter(({ kind }) => filter.kind === undefined || kind === filter.kind).slice(0, filter.limit)
    },
  }
  const briefing = await createAlertActivities({ ...ports, ledger }).briefAlert({ at })
  assert.deepEqual(briefing, { timezone: 'UTC', holidays: [], restarts: [{ target: 'alpha', at, reason: 'patch' }] })
  assert.deepEqual(asked, [{ limit: 500, since: '2026-11-23T09:40:00.000Z', kind: 'planned-restart' }])
})
