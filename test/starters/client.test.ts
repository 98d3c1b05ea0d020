/** What Temporal's refusals are called at the command line. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Client, Connection } from '@temporalio/client'
import { asTemporalError, isPassing } from '../../starters/client.ts'

const REFUSALS = [
  { code: 14, details: 'no connection', exitCode: 69, message: /Temporal does not answer at here:1/ },
  { code: 9, details: 'no poller seen', exitCode: 69, message: /cannot do this now: no poller seen/ },
  { code: 8, details: 'too many', exitCode: 69, message: /cannot do this now: too many/ },
  { code: 7, details: 'not you', exitCode: 77, message: /refuses: not you/ },
  { code: 5, details: 'Namespace ops is not found', exitCode: 69, message: /Namespace ops is not found/ },
] as const

for (const { code, details, exitCode, message } of REFUSALS) {
  test(`${code}: ${details}`, () => {
    const cause = Object.assign(new Error(`${code} ${details}`), { code, details })
    const said = asTemporalError(new Error('Failed to query Workflow', { cause }), 'here:1')
    assert.equal(said?.exitCode, exitCode)
    assert.match(said.message, message)
    assert.notEqual(said.hint, '')
  })
}

test('what is not about the server stays what it is', () => {
  assert.equal(asTemporalError(new Error('a defect'), 'here:1'), null)
  assert.equal(asTemporalError(Object.assign(new Error('no such run'), { code: 5 }), 'here:1'), null)
})

test('a server that ends a question at its deadline, a moment before we do, may answer the next one', async context => {
  const server = createServer().on('stream', stream => stream.close(constants.NGHTTP2_CANCEL))
  context.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const connection = Connection.lazy({ address: `127.0.0.1:${(server.address() as AddressInfo).port}` })
  context.after(() => connection.close())
  const handle = new Client({ connection }).workflow.getHandle('change:alpha')
  await assert.rejects(handle.query('gates'), error => isPassing(error))
})
