/** Is it ACP that answers, and is the door closed again, whatever answers. */
import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { INITIALIZE } from '../../activities/adapters/acp.schema.ts'
import { shakeHands } from '../../activities/adapters/acp.ts'
import { metricValue, readMetrics } from '../../activities/adapters/prometheus-text.ts'
import type { Handshake } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import { type AcpServer, acpServer, GOOD_ANSWER, json } from '../support/acp-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const overHttp = ({ url }: Pick<AcpServer, 'url'>, deadlineMs = 2_000) =>
  shakeHands({ kind: 'http', url: `${url}/acp`, metricsUrl: null }, { deadlineMs })

function assertAnswered(handshake: Handshake): void {
  assert.ok(handshake.kind === 'answered', JSON.stringify(handshake))
  const { latencyMs, ...answer } = handshake
  assert.deepEqual(answer, { kind: 'answered', protocolVersion: 1, agentName: 'OpenCode', agentVersion: '1.18.33' })
  assert.ok(latencyMs > 0)
}

function assertRefused(handshake: Handshake, reason: RegExp): void {
  assert.ok(handshake.kind === 'refused', JSON.stringify(handshake))
  assert.match(handshake.reason, reason)
}

describe('over HTTP', () => {
  it("sends the manual's request and closes what it opened", async context => {
    const server = await acpServer(context, response => json(response, GOOD_ANSWER))
    assertAnswered(await overHttp(server))
    assert.deepEqual(server.seen, [`POST ${INITIALIZE}`, 'DELETE connection-1'])
    assert.equal(server.open(), 0)
  })

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [
      'a JSON-RPC error',
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"password=planted broke"}}',
      /^JSON-RPC error -32603: password=\[redacted\]/,
    ],
    ['garbage', 'not {json', /^the answer is not JSON: not \{json$/],
    ['nothing at all', '', /^the answer is not JSON/],
    ['another id', GOOD_ANSWER.replace('"id":1', '"id":2'), /wrong id/],
    ['a text as id', GOOD_ANSWER.replace('"id":1', '"id":"1"'), /wrong id/],
    ['another JSON-RPC', GOOD_ANSWER.replace('"2.0"', '"1.0"'), /wrong jsonrpc/],
    [
      'a version that is no number',
      GOOD_ANSWER.replace('"protocolVersion":1', '"protocolVersion":"1"'),
      /wrong result\.protocolVersion/,
    ],
    ['no name', GOOD_ANSWER.replace('agentInfo', 'agentinfo'), /wrong result\.agentInfo/],
    ['null', 'null', /wrong object/],
    ['a batch', `[${GOOD_ANSWER}]`, /wrong object/],
    ['a huge body', ' '.repeat(10_000_000), /longer than 64 KiB/],
  ]
  for (const [what, body, reason] of wrong) {
    it(`refuses ${what}, and closes the connection`, async context => {
      const server = await acpServer(context, response => json(response, body))
      assertRefused(await overHttp(server), reason)
      assert.equal(server.open(), 0)
    })
  }

  it('leaves another version of the protocol to the judge', async context => {
    const server = await acpServer(context, response => json(response, GOOD_ANSWER.replace('Version":1', 'Version":2')))
    const handshake = await overHttp(server)
    assert.ok(handshake.kind === 'answered' && handshake.protocolVersion === 2)
  })

  it('refuses a page of HTML although its status is 200 (T01)', async context => {
    const server = await acpServer(context, response =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
    )
    assertRefused(await overHttp(server), /^HTTP 200 with text\/html instead of JSON$/)
    assert.equal(server.open(), 0)
  })

  it('refuses every other status, also a redirection', async context => {
    const busy = await acpServer(context, response =>
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":"busy"}'),
    )
    assertRefused(await overHttp(busy), /^HTTP 503 \{"error":"busy"\}$/)
    const moved = await acpServer(context, response => response.writeHead(302, { location: '/' }).end())
    assertRefused(await overHttp(moved), /^HTTP 302$/)
  })

  it('waits for its deadline and no longer: no answer', async context => {
    const server = await acpServer(context, () => {})
    const start = performance.now()
    assertRefused(await overHttp(server, 300), /^no answer from http:\/\/127\.0\.0\.1:\d+ within 300 ms$/)
    assert.ok(performance.now() - start < 5_000)
  })

  it('counts the whole answer against the deadline: slow drips, and still closes the connection', async context => {
    const server = await acpServer(context, response => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(drip))
    })
    assertRefused(await overHttp(server, 400), /within 400 ms/)
    assert.deepEqual(server.seen.at(-1), 'DELETE connection-1')
    assert.equal(server.open(), 0)
  })

  it('names a port where nothing listens, and a connection that is cut', async context => {
    assertRefused(await overHttp({ url: 'http://127.0.0.1:1' }), /^nothing listens at http:\/\/127\.0\.0\.1:1$/)
    const cut = await acpServer(context, response => response.socket?.destroy())
    assertRefused(await overHttp(cut), /closed the connection without an answer/)
  })

  it('throws when it is cancelled', async context => {
    const server = await acpServer(context, () => {})
    const controller = new AbortController()
    const reason = new Error('cancelled')
    setTimeout(() => controller.abort(reason), 100)
    const acp = { kind: 'http', url: server.url, metricsUrl: null } as const
    await assert.rejects(shakeHands(acp, { deadlineMs: 10_000, signal: controller.signal }), error => error === reason)
  })
})

async function agent(context: TestContext, script: string) {
  const path = join(await temporaryFolder(context), 'agent')
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return (deadlineMs = 5_000) => shakeHands({ kind: 'stdio' }, { deadlineMs }, [path, 'acp'])
}

describe('over standard streams', () => {
  it('reads the answer to its line and lets the agent end by itself', async context => {
    const folder = await temporaryFolder(context)
    const shake = await agent(
      context,
      `read -r line; echo "$line" > ${folder}/line; echo '{"jsonrpc":"2.0","method":"hello"}'; echo '${GOOD_ANSWER}'; cat; echo bye > ${folder}/bye`,
    )
    assertAnswered(await shake())
    const { readFile } = await import('node:fs/promises')
    assert.equal(await readFile(join(folder, 'line'), 'utf8'), `${INITIALIZE}\n`)
    assert.equal(await readFile(join(folder, 'bye'), 'utf8'), 'bye\n')
  })

  it('ends an agent that does not end, with its children', async context => {
    const path = join(await temporaryFolder(context), 'pid')
    const shake = await agent(context, `read -r line; sleep 100 & echo $! > ${path}; echo '${GOOD_ANSWER}'; wait`)
    assertAnswered(await shake())
    const { readFileSync } = await import('node:fs')
    const pid = Number(readFileSync(path, 'utf8'))
    const state = () => {
      try {
        return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 'gone'
      } catch {
        return 'gone'
      }
    }
    for (let tries = 0; tries < 100 && !['gone', 'Z'].includes(state()); tries += 1) await sleep(50)
    assert.ok(['gone', 'Z'].includes(state()))
  })

  it('says why there is no answer', async context => {
    assertRefused(
      await (await agent(context, 'echo "token=planted is wrong" >&2; exit 3'))(),
      /ended with 3 and no answer: token=\[redacted\] is wrong/,
    )
    assertRefused(await (await agent(context, 'sleep 100'))(300), /no answer from .*agent within 300 ms/)
    assertRefused(await (await agent(context, 'echo Usage: acp'))(), /not JSON: Usage: acp/)
    assertRefused(await (await agent(context, 'head -c 300000 /dev/zero'))(), /no answer in the first 64 KiB/)
  })

  it('names a missing program', async () => {
    const shake = shakeHands({ kind: 'stdio' }, { deadlineMs: 1_000 }, ['/no/such/agent'])
    await assert.rejects(shake, (error: unknown) => error instanceof OpsError && error.owner === 'tool')
  })
})

describe('readMetrics', () => {
  it('reads gauges, sums series, and knows what is missing', async context => {
    const server = await acpServer(context, response => json(response, GOOD_ANSWER))
    const text = await readMetrics(`${server.url}/metrics`)
    assert.equal(metricValue(text, 'opencode_acp_connections'), 0)
    assert.equal(metricValue(text, 'opencode_acp_sessions_active'), 7)
    assert.equal(metricValue(text, 'opencode_acp_sessions'), null)
    assert.equal(metricValue('x NaN\nx{a="}"} +Inf\n', 'x'), null)
    await assert.rejects(
      readMetrics('http://127.0.0.1:1/metrics'),
      (error: unknown) => error instanceof OpsError && error.owner === 'host',
    )
  })
})
