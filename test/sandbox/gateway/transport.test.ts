// The gateway as a client sees it: the transport of the RFD, sessions, turns with tools, refusals.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAcp } from '../../../sandbox/traffic/acp-client.ts'
import {
  type Gateway,
  handshake,
  hangUp,
  INITIALIZE,
  makeFolder,
  removeFolder,
  startGateway,
  startModel,
  until,
} from './harness.ts'

let folder: string
let model: Awaited<ReturnType<typeof startModel>> | undefined
let gateway: Gateway

before(async () => {
  folder = await makeFolder()
  model = await startModel()
  gateway = await startGateway(
    folder,
    { GATEWAY_MAX_BODY: '100000', GATEWAY_MAX_CONNECTIONS: '2', GATEWAY_SESSIONS_LIMIT: '2' },
    { modelUrl: model.url },
  )
})
after(async () => {
  await gateway?.stop()
  await model?.stop()
  await removeFolder(folder)
})

test('initialize answers 200, JSON, a connection id and what the agent is', async () => {
  const response = await gateway.post(JSON.stringify(INITIALIZE))
  assert.equal(response.status, 200)
  assert.match(response.headers.get('Content-Type') ?? '', /^application\/json/)
  const answer = (await response.json()) as {
    jsonrpc: string
    id: number
    result: { protocolVersion: number; agentInfo: { version: string } }
  }
  assert.deepEqual([answer.jsonrpc, answer.id, answer.result.protocolVersion], ['2.0', 1, 1])
  assert.match(answer.result.agentInfo.version, /^\d+\.\d+\.\d+$/)
  await hangUp(gateway, response.headers.get('Acp-Connection-Id') ?? '')
})

test('twenty handshakes that hang up start no agent', async () => {
  const spawned = () => gateway.metric('opencode_acp_agent_processes_spawned_total')
  const before = await spawned()
  assert.ok(before > 0)
  for (let count = 0; count < 20; count += 1) {
    const connection = await handshake(gateway)
    await sleep(75)
    await hangUp(gateway, connection)
  }
  assert.ok((await gateway.events('initialize')).length >= 21)
  // The pool refills when it is short for a second, which a handshake on a busy machine may last; twenty would be the defect.
  assert.ok((await spawned()) - before <= 1)
})

test('a connection that hangs up before its answer came returns a clean agent', async () => {
  const connection = await handshake(gateway)
  await gateway.post(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'session/list', params: {} }), {
    'Acp-Connection-Id': connection,
  })
  await hangUp(gateway, connection)
  const client = await connectAcp(gateway.url)
  assert.ok('result' in (await client.request('session/list', {})))
  await client.close()
})

test('a session is opened, listed and prompted, and its tool runs', async () => {
  const seen: unknown[] = []
  const client = await connectAcp(gateway.url, message => seen.push(message))
  try {
    const opened = await client.request('session/new', { cwd: join(gateway.home, 'work'), mcpServers: [] })
    const { sessionId } = ('result' in opened ? opened.result : assert.fail(JSON.stringify(opened))) as {
      sessionId: string
    }
    assert.equal(await gateway.metric('opencode_acp_sessions_active'), 1)
    const list = await client.request('session/list', {})
    assert.match(JSON.stringify(list), new RegExp(sessionId))

    const turn = await client.request('session/prompt', {
      sessionId,
      prompt: [{ type: 'text', text: 'run: echo s3cret > made-by-tool; cat made-by-tool' }],
    })
    assert.match(JSON.stringify(turn), /"stopReason":"end_turn"/)
    assert.match(JSON.stringify(seen), /s3cret\\n/)
    assert.equal(await readFile(join(gateway.home, 'work/made-by-tool'), 'utf8'), 's3cret\n')
    const failing = await client.request('session/prompt', {
      sessionId,
      prompt: [{ type: 'text', text: 'fail: tool' }],
    })
    assert.match(JSON.stringify(failing), /"stopReason":"end_turn"/)

    const calls = await gateway.events('tool_call')
    assert.deepEqual(
      calls.map(({ level, fields }) => [level, fields.title, fields.status]),
      [
        ['INFO', 'bash', 'pending'],
        ['INFO', 'bash', 'in_progress'],
        ['INFO', 'bash', 'completed'],
        ['INFO', 'read', 'pending'],
        ['INFO', 'read', 'in_progress'],
        ['WARN', 'read', 'failed'],
      ],
    )
    assert.doesNotMatch(await readFile(gateway.logPath, 'utf8'), /s3cret/)
    assert.equal(await gateway.metric('opencode_acp_tool_executions_total{outcome="completed"}'), 1)
    assert.equal(await gateway.metric('opencode_acp_tool_executions_total{outcome="failed"}'), 1)
    assert.equal(await gateway.metric('opencode_acp_turn_duration_seconds_count'), 2)

    await client.request('session/new', { cwd: join(gateway.home, 'work'), mcpServers: [] })
    const third = await client.request('session/new', { cwd: join(gateway.home, 'work'), mcpServers: [] })
    assert.match(JSON.stringify(third), /"code":-32603.*limit of open sessions/)
    await client.request('session/close', { sessionId })
    assert.equal(await gateway.metric('opencode_acp_sessions_active'), 1)
  } finally {
    await client.close()
  }
  await until('the used agent is gone', async () =>
    (await gateway.events('agent_exit')).some(line => line.fields.reason === 'used'),
  )
  await until('a warm agent has taken its place', async () => (await gateway.metric('opencode_acp_agents_warm')) >= 1)
  assert.equal(await gateway.metric('opencode_acp_sessions_active'), 0)
})

test('mistakes of a client are WARN and no error of the service', async () => {
  const errors = await gateway.metric('opencode_acp_requests_total{outcome="error"}')
  const client = await connectAcp(gateway.url)
  try {
    assert.match(JSON.stringify(await client.request('no/such method', {})), /-32601/)
    assert.match(JSON.stringify(await client.request('session/new', { cwd: 7 })), /-32602/)
    assert.match(
      JSON.stringify(await client.request('session/load', { sessionId: 'ses_none', cwd: '/tmp', mcpServers: [] })),
      /-32603/,
    )
  } finally {
    await client.close()
  }
  const warnings = (await gateway.lines()).filter(line => line.level === 'WARN' && line.fields.code !== undefined)
  assert.deepEqual(
    warnings.map(line => [line.event, line.fields.code]),
    [
      ['no/such_method', '-32601'],
      ['session/new', '-32602'],
      ['session/load', '-32603'],
    ],
  )
  assert.equal(await gateway.metric('opencode_acp_requests_total{outcome="error"}'), errors)
  assert.equal(await gateway.metric('opencode_acp_client_errors_total{code="-32601"}'), 1)
})

test('what is not ACP is refused by status', async () => {
  const origin = { Origin: 'http://evil.example' }
  const cases: readonly (readonly [number, Response])[] = [
    [400, await gateway.post('{"jsonrpc":')],
    [400, await gateway.post(JSON.stringify([INITIALIZE]))],
    [400, await gateway.post(JSON.stringify({ ...INITIALIZE, method: 'session/list' }))],
    [413, await gateway.post(JSON.stringify({ ...INITIALIZE, padding: 'x'.repeat(100_000) }))],
    [415, await gateway.post(JSON.stringify(INITIALIZE), { 'Content-Type': 'text/plain' })],
    [403, await gateway.post(JSON.stringify(INITIALIZE), origin)],
    [
      404,
      await gateway.post(JSON.stringify({ ...INITIALIZE, method: 'session/list' }), { 'Acp-Connection-Id': 'unknown' }),
    ],
    [406, await fetch(gateway.url)],
    [404, await fetch(`${gateway.base}/anything`)],
  ]
  for (const [status, response] of cases) assert.equal(response.status, status, await response.text())
  const refused = await gateway.events('refused')
  assert.deepEqual(new Set(refused.map(line => line.level)), new Set(['WARN']))
})

test('a connection over the cap gets 503, and the next one works after a DELETE', async () => {
  const open = [await handshake(gateway), await handshake(gateway)]
  const refused = await gateway.post(JSON.stringify(INITIALIZE))
  assert.equal(refused.status, 503)
  assert.match(await refused.text(), /all 2 connections are in use/)
  assert.ok(refused.headers.get('Retry-After'))
  await hangUp(gateway, open[0] ?? '')
  const next = await until('a place is free', async () => {
    const response = await gateway.post(JSON.stringify(INITIALIZE))
    return response.ok && (response.headers.get('Acp-Connection-Id') ?? undefined)
  })
  for (const connection of [next, ...open.slice(1)]) await hangUp(gateway, connection)
  assert.equal((await gateway.events('refused')).at(-1)?.level, 'ERROR')
})

test('health and metrics open no connection and have the promised names', async () => {
  const opened = await gateway.metric('opencode_acp_connections_opened_total')
  const health = await gateway.health()
  assert.equal(health.httpStatus, 200)
  const text = await (await fetch(`${gateway.base}/metrics`)).text()
  for (const name of [
    'opencode_acp_request_duration_seconds_bucket{le="0.5",method="initialize"}',
    'opencode_acp_request_duration_seconds_bucket{le="2",method="session/list"}',
    'opencode_acp_requests_total{outcome="ok"}',
    'opencode_acp_requests_total{outcome="error"}',
    'opencode_acp_sessions_active',
    'opencode_acp_sessions_limit 2',
    'opencode_acp_tool_executions_total{outcome="completed"}',
    'opencode_acp_process_start_time_seconds 1',
    'opencode_acp_connections 0',
    'opencode_acp_agent_processes_spawned_total',
    'opencode_acp_agent_exits_total{reason="used"}',
    'opencode_acp_agent_rss_bytes{slot="',
    'opencode_acp_up 1',
  ]) {
    assert.ok(text.includes(`\n${name}`), `${name} is missing`)
  }
  assert.equal(await gateway.metric('opencode_acp_connections_opened_total'), opened)
})

test('every line of the log parses, and connections balance', async () => {
  const lines = await gateway.lines()
  const count = (event: string) => lines.filter(line => line.event === event).length
  assert.ok(count('connected') > 20)
  assert.equal(count('connected'), count('disconnected'))
})
