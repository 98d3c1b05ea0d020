// What happens to agents: they die, hang, cannot start, are abandoned; and the gateway's end.
import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAcp } from '../../../sandbox/traffic/acp-client.ts'
import {
  type Gateway,
  handshake,
  hangUp,
  isAlive,
  makeFolder,
  removeFolder,
  type Settings,
  startGateway,
  until,
} from './harness.ts'

let folder: string
let gateway: Gateway | undefined

beforeEach(async () => {
  folder = await makeFolder()
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  await removeFolder(folder)
})

const start = async (settings: Settings = {}, awaitHealth = true) => {
  gateway = await startGateway(folder, settings, { awaitHealth })
  return gateway
}
const agents = async (from: Gateway) => (await from.events('agent_start')).map(line => Number(line.fields.pid))

test('an agent that is killed fails what is pending, and the next connection works', async () => {
  const { url, ...rest } = await start()
  const client = await connectAcp(url)
  const [pid] = (await rest.events('connected')).map(line => Number(line.fields.pid))
  assert.ok(pid)
  process.kill(pid, 'SIGSTOP')
  const pending = client.request('session/list', {})
  await sleep(100)
  process.kill(pid, 'SIGKILL')
  assert.match(JSON.stringify(await pending), /"code":-32603.*agent process exited/)
  await until('the client knows', () => client.isClosed())
  await client.close()

  const again = await connectAcp(url)
  assert.ok('result' in (await again.request('session/list', {})))
  await again.close()
  const exit = (await rest.events('agent_exit'))[0]
  assert.deepEqual([exit?.level, exit?.fields.signal, exit?.fields.reason], ['ERROR', 'SIGKILL', 'crash'])
  assert.equal((await rest.events('session/list'))[0]?.level, 'ERROR')
  assert.equal(await rest.metric('opencode_acp_agent_exits_total{reason="crash"}'), 1)
  assert.equal(await rest.metric('opencode_acp_requests_total{outcome="error"}'), 1)
})

test('an abandoned connection is reaped, one that listens is not, and the agent serves again', async () => {
  const running = await start({ GATEWAY_IDLE_MS: '400' })
  await handshake(running)
  await until('it is reaped', async () => (await running.events('disconnected'))[0]?.fields.reason === 'idle')
  const client = await connectAcp(running.url)
  await sleep(900)
  assert.equal(client.isClosed(), false)
  assert.ok('result' in (await client.request('session/list', {})))
  await client.close()
  assert.equal((await running.events('agent_exit')).length, 0)
  const pids = (await running.events('connected')).map(line => line.fields.pid)
  assert.equal(pids.length, 2)
})

test('an agent that hangs is replaced, and health recovers', async () => {
  const running = await start({ GATEWAY_PROBE_MS: '300', GATEWAY_PROBE_TIMEOUT_MS: '2000' })
  const [pid] = await agents(running)
  assert.ok(pid)
  process.kill(pid, 'SIGSTOP')
  const exit = await until('the hung agent is gone', async () => (await running.events('agent_exit'))[0], 60_000)
  assert.deepEqual([exit.fields.pid, exit.fields.reason, exit.level], [String(pid), 'unhealthy', 'ERROR'])
  await until('another one is warm', async () => (await running.metric('opencode_acp_agents_warm')) === 1)
  await until('it is healthy', async () => (await running.health()).status === 'ok')
})

test('an agent that cannot start gives an answer, an unhealthy service and no storm of starts', async () => {
  const running = await start({ OPENCODE_BIN: '/no/such/opencode', GATEWAY_PROBE_MS: '200' }, false)
  await until('it is unhealthy', async () => (await running.health()).status === 'failing')
  assert.equal((await running.health()).httpStatus, 503)
  const response = await running.post(
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: 1 } }),
  )
  assert.match(await response.text(), /"code":-32603.*does not start.*ENOENT/)
  assert.ok((await agents(running)).length <= 4)
  assert.equal(await running.metric('opencode_acp_connections'), 0)
})

test('SIGHUP follows a renamed log, SIGTERM ends everything within seconds', async () => {
  const running = await start()
  const client = await connectAcp(running.url)
  await rename(running.logPath, `${running.logPath}.1`)
  running.process.kill('SIGHUP')
  await sleep(100)
  const connection = await handshake(running)
  await hangUp(running, connection)
  assert.ok((await running.events('initialize')).length >= 1)
  const pids = (await running.events('connected')).map(line => Number(line.fields.pid))
  await running.stop()
  // The code says that it ended by itself: stop() would have killed it after some seconds.
  assert.equal(running.process.exitCode, 0)
  assert.deepEqual(pids.filter(isAlive), [])
  await client.close()
})

test('wrong settings are all listed, and nothing starts', async () => {
  await assert.rejects(
    start({ GATEWAY_PORT: '70000', GATEWAY_POOL: 'many', GATEWAY_LOG: 'relative.log', GATEWAY_DATABASE: 'mysql://x' }),
    error => {
      assert.match(String(error), /left with 78/)
      for (const name of ['GATEWAY_PORT', 'GATEWAY_POOL', 'GATEWAY_LOG', 'GATEWAY_DATABASE'])
        assert.match(String(error), new RegExp(name))
      return true
    },
  )
})
