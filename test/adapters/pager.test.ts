/** Events to a pager service over real HTTP: their form, and what its refusals mean. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it, type TestContext } from 'node:test'
import { type Alarm, createPager } from '../../activities/adapters/pager.ts'
import { OpsError } from '../../domain/failures.ts'

async function service(context: TestContext, status = 202, headers: Readonly<Record<string, string>> = {}) {
  const events: Record<string, unknown>[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    events.push(JSON.parse(body))
    if (status !== 0) response.writeHead(status, headers).end(`you sent ${body}`)
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/enqueue`
  return { events, url, pager: createPager({ url, routingKey: 'r0ut1ng', timeoutMs: 300 }) }
}

const ALARM: Alarm = {
  key: `incident:x/${'y'.repeat(500)}`,
  summary: 'Ana: INC-42 acp down',
  severity: 'error',
  details: { person: 'Ana' },
}

it('rings and ends the same alarm', async context => {
  const { events, pager } = await service(context)
  await pager.trigger(ALARM)
  await pager.resolve(ALARM.key)
  const [rung, ended] = events
  const { dedup_key: key, ...rest } = rung ?? {}
  assert.match(String(key), /^ops-[0-9a-f]{40}$/)
  assert.deepEqual(rest, {
    routing_key: 'r0ut1ng',
    event_action: 'trigger',
    payload: {
      summary: 'Ana: INC-42 acp down',
      source: 'opencode-acp-ops',
      severity: 'error',
      custom_details: { person: 'Ana' },
    },
  })
  assert.deepEqual(ended, { routing_key: 'r0ut1ng', event_action: 'resolve', dedup_key: key })
})

it('keeps the limit of a summary, and secrets at home', async context => {
  const { events, pager } = await service(context)
  await pager.trigger({ ...ALARM, summary: 'x'.repeat(5_000), details: { text: 'password=hunter2' } })
  const payload = JSON.stringify(events[0]?.payload)
  assert.doesNotMatch(payload, /hunter2/)
  assert.match(payload, /"summary":"x{1023}…"/)
})

const refusals: readonly (readonly [number, Readonly<Record<string, string>>, owner: string, retryAfterMs?: number])[] =
  [
    [429, { 'retry-after': '3' }, 'tool', 3_000],
    [429, {}, 'tool'],
    [503, {}, 'tool'],
    [400, {}, 'configuration'],
    [401, {}, 'configuration'],
    [302, { location: 'http://127.0.0.1:1/' }, 'tool'],
    [0, {}, 'tool'],
  ]
for (const [status, headers, owner, retryAfterMs] of refusals) {
  it(`${status === 0 ? 'silence' : `HTTP ${status} ${JSON.stringify(headers)}`}: ${owner}`, async context => {
    const { pager } = await service(context, status, headers)
    await assert.rejects(pager.trigger(ALARM), (error: unknown) => {
      assert.ok(error instanceof OpsError)
      assert.deepEqual([error.owner, error.retryAfterMs], [owner, retryAfterMs])
      assert.doesNotMatch(error.message, /r0ut1ng/)
      return true
    })
  })
}
