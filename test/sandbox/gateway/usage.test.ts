// Usage in a real PostgreSQL pair: written on the primary, not on the standby, by the promoted
// standby from then on; and traffic that does not care whether the database is there.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectAcp } from '../../../sandbox/traffic/acp-client.ts'
import { type Gateway, makeFolder, removeFolder, startGateway, startModel, until } from './harness.ts'
import { type Cluster, createPrimary, createStandby } from './postgres.ts'

let folder: string
let model: Awaited<ReturnType<typeof startModel>> | undefined
let primary: Cluster
let standby: Cluster
let alpha: Gateway
let beta: Gateway

before(async () => {
  folder = await makeFolder()
  model = await startModel()
  primary = await createPrimary(folder)
  standby = await createStandby(folder, primary)
  const [a, b] = await Promise.all(
    [primary, standby].map(async (cluster, index) => {
      const home = join(folder, `host${index}`)
      await mkdir(home)
      return startGateway(
        home,
        { GATEWAY_DATABASE: cluster.url, GATEWAY_DATABASE_QUEUE: '20' },
        { modelUrl: model?.url ?? '' },
      )
    }),
  )
  alpha = a ?? assert.fail()
  beta = b ?? assert.fail()
})
after(async () => {
  await Promise.all([alpha?.stop(), beta?.stop(), model?.stop()])
  await standby?.stop()
  await primary?.stop()
  await removeFolder(folder)
})

const open = async (gateway: Gateway) => {
  const client = await connectAcp(gateway.url)
  const answer = await client.request('session/new', { cwd: join(gateway.home, 'work'), mcpServers: [] })
  const { sessionId } = ('result' in answer ? answer.result : assert.fail(JSON.stringify(answer))) as {
    sessionId: string
  }
  return { client, sessionId }
}
const count = (cluster: Cluster, condition: string) => cluster.query(`select count(*) from ${condition}`).then(Number)
const written = (gateway: Gateway, outcome: string) =>
  gateway.metric(`opencode_acp_usage_rows_total{outcome="${outcome}"}`)
let left: Awaited<ReturnType<typeof open>>

test('the primary gets sessions, requests and tool calls', async () => {
  await until('alpha is the writer', async () => (await alpha.health()).database.state === 'primary')
  const { client, sessionId } = await open(alpha)
  await client.request('session/prompt', { sessionId, prompt: [{ type: 'text', text: 'run: echo s3cret' }] })
  await client.request('nope\u0000', {})
  await client.close()
  await until('the session is closed', () =>
    count(primary, `sessions where id = '${sessionId}' and closed_by = 'disconnect'`).then(n => n === 1),
  )
  await until('the requests are there', () => count(primary, 'requests').then(n => n >= 4))
  assert.equal(
    await primary.query(
      `select string_agg(method || ':' || outcome || ':' || coalesce(code::text, ''), ' ' order by at) from requests`,
    ),
    'initialize:ok: session/new:ok: session/prompt:ok: nope:client_error:-32601',
  )
  assert.equal(
    await primary.query(`select title || ' ' || status from tool_calls where session = '${sessionId}'`),
    'bash completed',
  )
  assert.equal(await count(primary, `requests where duration_ms <= 0`), 0)
  left = await open(alpha)
  await until('the standby has it', () =>
    count(standby, `sessions where id = '${left.sessionId}' and closed_at is null`).then(n => n === 1),
  )
})

test('a gateway on the standby runs and writes nothing', async () => {
  await until('beta knows', async () => (await beta.health()).database.state === 'standby')
  const rows = await count(standby, 'requests')
  const { client } = await open(beta)
  await client.close()
  await until('its rows are left out', async () => (await written(beta, 'standby')) >= 3)
  assert.equal(await written(beta, 'written'), 0)
  assert.equal(await count(standby, 'requests'), rows)
  const database = (await beta.events('database')).map(line => `${line.level} ${line.fields.state}`)
  assert.deepEqual(database, ['INFO standby'])
})

test('without its database the gateway serves on, keeps some rows and counts the rest', async () => {
  await primary.stop()
  const client = await connectAcp(alpha.url)
  for (let request = 0; request < 40; request += 1) assert.ok('result' in (await client.request('session/list', {})))
  await client.close()
  await until('alpha says so', async () => (await alpha.health()).database.state === 'failing')
  await until('rows are dropped', async () => (await written(alpha, 'dropped')) >= 20)
  assert.equal((await alpha.health()).status, 'ok')
  assert.ok((await alpha.health()).database.queued <= 20)
})

test('the promoted standby is written to, and sessions of the lost primary are closed', async () => {
  await standby.promote()
  const { client, sessionId } = await open(beta)
  await until('beta writes', () => count(standby, `sessions where id = '${sessionId}'`).then(n => n === 1))
  assert.equal((await beta.health()).database.state, 'primary')
  assert.equal(await standby.query(`select closed_by from sessions where id = '${left.sessionId}'`), 'gateway')
  await client.close()
})

test('the database that comes back gets what was kept, once', async () => {
  await primary.start()
  await until(
    'alpha writes again',
    async () => (await alpha.health()).database.queued === 0 && (await alpha.health()).database.state === 'primary',
    40_000,
  )
  const lists = await count(primary, `requests where method = 'session/list'`)
  assert.ok(lists > 0 && lists <= 20, `${lists} rows`)
  await left.client.close()
})
