// The limit of open sessions holds also while several are being opened at the same time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnyMessage } from '@agentclientprotocol/sdk'
import type { Child, Tenant } from '../../../sandbox/gateway/child.ts'
import { readConfig } from '../../../sandbox/gateway/config.ts'
import { Connections } from '../../../sandbox/gateway/connections.ts'
import type { Answered } from '../../../sandbox/gateway/conversation.ts'
import type { Pool } from '../../../sandbox/gateway/pool.ts'
import type { Recorder } from '../../../sandbox/gateway/record.ts'
import { INITIALIZE, until } from './harness.ts'

/** An agent that introduces itself and takes its time over sessions. */
function slowAgent(opened: AnyMessage[]): Child {
  let tenant: Tenant | undefined
  const agent: Partial<Child> = {
    pid: 1,
    slot: 0,
    hasExited: () => false,
    lend: next => {
      tenant = next
    },
    send: async message => {
      if (!('method' in message) || !('id' in message)) return
      if (message.method === 'initialize') {
        await tenant?.message({ jsonrpc: '2.0', id: message.id, result: { protocolVersion: 1 } })
      } else opened.push(message)
    },
  }
  return agent as Child
}

test('sessions that are still being opened count against the limit', async () => {
  const opened: AnyMessage[] = []
  const refused: Answered[] = []
  const pool: Partial<Pool> = { acquire: async () => slowAgent(opened), release: () => undefined }
  const recorder: Partial<Recorder> = {
    witness: () => ({
      answered: request => request.code !== undefined && refused.push(request),
      sessionOpened: () => undefined,
      sessionClosed: () => undefined,
      toolCall: () => undefined,
    }),
    connected: () => undefined,
    disconnected: () => undefined,
  }
  const config = readConfig({ OPENCODE_BIN: '/bin/true', GATEWAY_LOG: '/dev/null', GATEWAY_SESSIONS_LIMIT: '3' })
  const connections = new Connections({ config, pool: pool as Pool, recorder: recorder as Recorder })
  const post = (message: unknown, headers: Readonly<Record<string, string>> = {}) =>
    connections.handleRequest(
      new Request('http://gateway/acp', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(message),
      }),
    )
  try {
    // Two connections, so that neither alone is over the limit.
    const ids = [await post(INITIALIZE), await post(INITIALIZE)].map(
      response => response.headers.get('Acp-Connection-Id') ?? assert.fail(`status ${response.status}`),
    )
    const asks = ids.flatMap(connection =>
      [2, 3].map(id =>
        post(
          { jsonrpc: '2.0', id, method: 'session/new', params: { cwd: '/', mcpServers: [] } },
          { 'Acp-Connection-Id': connection },
        ),
      ),
    )
    for (const { status } of await Promise.all(asks)) assert.equal(status, 202)
    await until('all four are decided', () => opened.length + refused.length === 4)
    assert.deepEqual([opened.length, refused.length], [3, 1])
    assert.match(refused[0]?.error ?? '', /limit of open sessions/)
  } finally {
    await connections.close()
  }
})
