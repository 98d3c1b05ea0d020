/** The faults that a test can order: what the caller sees, and what really happened. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, order, press, say } from '../../../sandbox/slack/client.ts'
import type { CallFault } from '../../../sandbox/slack/faults.ts'
import { at, card, type Rig, signatureOf, startRig } from './rig.ts'

const INCIDENTS = 'C0INCIDENTS'

const post = ({ client }: Rig, text = 'card') =>
  client.chat.postMessage({ channel: INCIDENTS, text, blocks: [...card()] })

/** Straight from the store: what a lag in reading does not hide. */
const kept = ({ standIn }: Rig) => standIn.workspace.messages(INCIDENTS).length

interface Row {
  readonly fault: CallFault
  /** Of Slack's own client. */
  readonly code: string
  readonly message: RegExp
  /** Messages in the channel afterwards. */
  readonly kept: number
}

const ROWS: readonly Row[] = [
  {
    fault: { kind: 'reset-before' },
    code: 'slack_webapi_request_error',
    message: /hang up|fetch failed|ECONNRESET/,
    kept: 0,
  },
  {
    fault: { kind: 'reset-after' },
    code: 'slack_webapi_request_error',
    message: /hang up|fetch failed|ECONNRESET/,
    kept: 1,
  },
  { fault: { kind: 'status', status: 503 }, code: 'slack_webapi_http_error', message: /503/, kept: 0 },
  { fault: { kind: 'html' }, code: 'slack_webapi_platform_error', message: /Sign in/, kept: 0 },
  { fault: { kind: 'ratelimited', retryAfter: 7 }, code: 'slack_webapi_rate_limited_error', message: /rate/, kept: 0 },
  {
    fault: { kind: 'error', error: 'token_revoked' },
    code: 'slack_webapi_platform_error',
    message: /token_revoked/,
    kept: 0,
  },
  {
    fault: { kind: 'error', error: 'internal_error' },
    code: 'slack_webapi_platform_error',
    message: /internal_error/,
    kept: 0,
  },
]

for (const { fault, code, message, kept: expected } of ROWS)
  test(`${JSON.stringify(fault)}: ${code}, ${expected} kept, and the next call is well`, async context => {
    const rig = await startRig(context)
    await order(rig.door, fault, { method: 'chat.postMessage' })
    await rig.client.users.info({ user: 'U0ANA' })
    await assert.rejects(post(rig), { code, message })
    assert.equal(kept(rig), expected)
    await post(rig)
    assert.equal(kept(rig), expected + 1)
  })

test('429 without a Retry-After is the one that Slack’s client has no code for', async context => {
  const rig = await startRig(context)
  await order(rig.door, { kind: 'ratelimited', retryAfter: null })
  await assert.rejects(post(rig), /Retry header did not contain a valid timeout/)
})

test('a delay happens before the work, for as many calls as ordered', async context => {
  const rig = await startRig(context)
  await order(rig.door, { kind: 'delay', ms: 300 }, { times: 2 })
  const start = performance.now()
  await Promise.all([post(rig), post(rig)])
  assert.ok(performance.now() - start >= 295)
})

test('a fault for always stays until it is cleared', async context => {
  const rig = await startRig(context)
  await order(rig.door, { kind: 'status', status: 500 }, { times: 'always' })
  for (let count = 0; count < 3; count += 1) await assert.rejects(post(rig))
  await admin(rig.door, 'clear-faults')
  await post(rig)
})

test('reading lags behind: the newest message is not in the history for a while', async context => {
  let now = 1_700_000_000_000
  const rig = await startRig(context, { now: () => now })
  await admin(rig.door, 'switch', { readLagMs: 500 })
  const { ts = '' } = await post(rig)
  const seen = async () => (await rig.client.conversations.history({ channel: INCIDENTS })).messages?.length
  assert.equal(await seen(), 0)
  await rig.client.chat.update({ channel: INCIDENTS, ts, text: 'edits do not lag' })
  now += 501
  assert.equal(await seen(), 1)
})

test('down: calls are cut off, people are told, and everything is there when it is back', async context => {
  const rig = await startRig(context)
  await post(rig)
  await admin(rig.door, 'switch', { down: true })
  await assert.rejects(post(rig), { code: 'slack_webapi_request_error' })
  assert.equal((await press(rig.door, 'ben', 'Approve')).word, 'down')
  await admin(rig.door, 'switch', { down: false })
  assert.equal((await press(rig.door, 'ben', 'Approve')).word, 'ok')
  assert.equal(kept(rig), 1)
})

test('a response_url can fail as well', async context => {
  const rig = await startRig(context)
  await say(rig.door, 'ana', '/ops')
  const url = rig.app.got.at(-1)?.form.get('response_url') ?? ''
  await order(rig.door, { kind: 'status', status: 500 }, { method: 'response_url' })
  const answer = () => fetch(url, { method: 'POST', body: '{"text":"x"}' })
  assert.deepEqual([(await answer()).status, (await answer()).status], [500, 200])
})

test('a delivery arrives twice with the same bytes', async context => {
  const rig = await startRig(context)
  await post(rig)
  await order(rig.door, { kind: 'duplicate' })
  await press(rig.door, 'ben', 'Approve')
  await press(rig.door, 'cy', 'Approve')
  const bodies = rig.app.got.map(({ body, headers }) => `${headers['x-slack-signature']} ${body}`)
  assert.deepEqual([bodies.length, bodies[0] === bodies[1]], [3, true])
})

test('an earlier request is replayed with its old signature', async context => {
  const rig = await startRig(context)
  await post(rig)
  await press(rig.door, 'ben', 'Approve')
  await press(rig.door, 'cy', 'Approve')
  await admin(rig.door, 'replay', { back: 2 })
  const [first, , third] = rig.app.got
  assert.deepEqual(
    [third?.body, third?.headers['x-slack-signature']],
    [first?.body, first?.headers['x-slack-signature']],
  )
})

test('the answer of the app is lost: it did its work, and the person reads of a timeout', async context => {
  const rig = await startRig(context)
  await order(rig.door, { kind: 'drop-ack' })
  const seen = await say(rig.door, 'ana', '/ops incident high "acp slow"')
  assert.deepEqual([seen.word, rig.app.got.length], ['operation_timeout', 1])
})

test('the clock that signs is wrong, and the signature is right for that time', async context => {
  const rig = await startRig(context)
  await order(rig.door, { kind: 'skew', seconds: 600 })
  await say(rig.door, 'ana', '/ops')
  const [got] = rig.app.got
  const timestamp = String(got?.headers['x-slack-request-timestamp'])
  assert.ok(Number(timestamp) > Date.now() / 1000 + 590)
  assert.equal(got?.headers['x-slack-signature'], signatureOf(timestamp, got?.body ?? ''))
})

test('the state tells calls, deliveries with their answers, and every message with its blocks', async context => {
  const rig = await startRig(context)
  rig.app.answer(() => ({ body: 'heard' }))
  await post(rig)
  await say(rig.door, 'ana', '/ops')
  const state = await admin(rig.door, 'state')
  assert.equal(at(state, 'calls', 'chat.postMessage'), 1)
  assert.deepEqual(at(state, 'deliveries', 0, 'answer'), {
    kind: 'answered',
    status: 200,
    type: 'text/plain',
    body: 'heard',
  })
  const channels = at(state, 'channels') as readonly unknown[]
  const messages = channels.flatMap(channel => at(channel, 'messages') as readonly unknown[])
  assert.equal(at(messages[0], 'blocks', 1, 'elements', 0, 'text', 'text'), 'Approve')
})
