import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Registry } from 'prom-client'
import { createPrometheus } from '../../../activities/adapters/prometheus.ts'
import { type EstatePlan, nameEstate } from '../../../sandbox/estate/name.ts'
import { pathsOf, ports } from '../../../sandbox/estate/paths.ts'
import { Services } from '../../../sandbox/estate/services.ts'
import { createWatch } from '../../../sandbox/gateway/http.ts'
import { createMetrics } from '../../../sandbox/gateway/metrics.ts'
import { startMonitoring, stopMonitoring } from '../../../sandbox/monitoring/start.ts'
import { alertsToken } from '../../../sandbox/work/response.ts'
import { createAlertDoor } from '../../../starters/alerts.ts'
import { alertHands, eventually, withAlertWorkers } from '../../support/alert-rig.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { openRig, type Rig } from '../../support/workflow-rig.ts'
import { startGateway } from '../gateway/harness.ts'

const CHECKOUT = join(import.meta.dirname, '../../..')
const [ALPHA, BETA] = ['127.7.45.11', '127.7.45.12']

let rig: Rig
let plan: EstatePlan
let services: Services
let folder = ''
const doors = new Set<Server>()

const listen = async (server: Server, address: string, port: number): Promise<Server> => {
  await new Promise<void>(resolve => server.listen(port, address, resolve))
  doors.add(server)
  return server
}
const close = async (server: Server) => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  doors.delete(server)
}

/** What monitoring sees of a gateway that is well. */
function gateway(): Server {
  const metrics = createMetrics()
  metrics.observe({
    sessions: () => 1,
    sessionsLimit: 50,
    connections: () => 1,
    pending: () => 0,
    warmAgents: () => 1,
    agentMemory: () => [],
    logLinesDropped: () => 0,
    usageRowsQueued: () => 0,
    isDatabaseWritable: () => true,
    isHealthy: () => true,
  })
  return createWatch({ registry: metrics.registry, health: () => ({ status: 'ok' }) })
}

before(async () => {
  rig = await openRig('127.7.45.2')
  folder = await mkdtemp('/var/tmp/ops-test-')
  const named = nameEstate('monitored', CHECKOUT)
  const host = (name: 'alpha' | 'beta', address: string) => ({ ...named.hosts[name], address })
  plan = {
    ...named,
    folder,
    address: '127.7.45.1',
    hosts: { ...named.hosts, alpha: host('alpha', ALPHA), beta: host('beta', BETA) },
  }
  services = new Services(pathsOf(plan), () => {})
})
after(async () => {
  await stopMonitoring(services)
  for (const door of doors) await close(door)
  await rig.close()
  await rm(folder, { recursive: true, force: true })
})

test('a service that stops is the incident of its cause within half a minute, through real Prometheus and Alertmanager', async () => {
  const { hands, notebook } = alertHands()
  const token = (await readFile(alertsToken(plan), 'utf8')).trim()
  let watchdogs = 0
  const door = createAlertDoor({ client: rig.client, token })
  const counted = createServer((request, response) => {
    watchdogs += 1
    door(request, response)
  })
  await listen(counted, plan.address, ports.ingressAlerts)
  const alpha = await listen(gateway(), ALPHA, 3001)
  await listen(gateway(), BETA, 3001)
  await startMonitoring(plan, services)
  const prometheus = createPrometheus(`http://${plan.address}:${ports.prometheus}`)
  await withAlertWorkers(rig, hands, async () => {
    await eventually('both gateways are scraped and probed', async () => {
      const up = await prometheus.query('up{job="opencode-acp"} == 1')
      const probed = await prometheus.query('probe_success == 1')
      return up.length === 2 && probed.length === 4
    })
    const [sample] = await prometheus.query('up{job="opencode-acp",instance="alpha"}')
    assert.equal(sample?.labels.service, 'opencode-acp')
    await eventually('the watchdog', () => watchdogs > 0)
    // Nothing listens at the ports of the node exporters here, which no rule takes for a service that is down.
    assert.deepEqual(notebook.opened, [])

    const stopped = performance.now()
    await close(alpha)
    const [opened] = await eventually('the incident', () => notebook.opened.length > 0 && notebook.opened)
    assert.ok(performance.now() - stopped < 45_000, 'half a minute and some for a busy machine')
    assert.equal(opened?.workflowId, 'incident:opencode-acp/availability')
    assert.equal(opened?.declaration.title, 'OpenCode ACP is down on alpha')
    assert.deepEqual(opened?.declaration.hosts, ['alpha'])
    assert.equal(opened?.declaration.severity, 'critical')

    await listen(gateway(), ALPHA, 3001)
    const told = await eventually('the word that it is back', () =>
      notebook.told.find(({ message: { command } }) => {
        return command.kind === 'alerts' && command.alerts.some(({ state }) => state === 'resolved')
      }),
    )
    assert.equal(told.workflowId, 'incident:opencode-acp/availability')
  })
})

test('the door for monitoring shows health and figures and nothing else', async () => {
  const server = await listen(
    createWatch({ registry: new Registry(), health: () => ({ status: 'failing' }) }),
    '127.7.45.13',
    3001,
  )
  const get = (path: string, method = 'GET') => fetch(`http://127.7.45.13:3001${path}`, { method })
  assert.equal((await get('/healthz')).status, 503)
  assert.equal((await get('/metrics')).status, 200)
  for (const [path, method] of [
    ['/acp', 'POST'],
    ['/acp', 'GET'],
    ['/', 'GET'],
    ['/metrics', 'POST'],
  ] as const) {
    assert.equal((await get(path, method)).status, 404, `${method} ${path}`)
  }
  await close(server)
})

test('a gateway has that door where it is told to, and by itself has none', async context => {
  const settings = { GATEWAY_WATCH: '127.7.45.14:3001' }
  const gatewayOf = async (given: Record<string, string>) =>
    await startGateway(await temporaryFolder(context), given, { awaitHealth: false })
  const watched = await gatewayOf(settings)
  const metrics = await eventually('the figures', () =>
    fetch('http://127.7.45.14:3001/metrics').then(
      response => response.text(),
      () => undefined,
    ),
  )
  assert.match(metrics, /^opencode_acp_sessions_limit 50$/m)
  await watched.stop()
  await assert.rejects(fetch('http://127.7.45.14:3001/metrics'))
  const plain = await gatewayOf({})
  await assert.rejects(fetch('http://127.7.45.14:3001/metrics'))
  await plain.stop()
})
