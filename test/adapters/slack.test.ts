/** Slack over real HTTP, with every way in which it fails. What was posted is counted where it arrived. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isTrouble, SlackTrouble, type TroubleKind } from '../../activities/adapters/slack.errors.ts'
import { createSlackPace, type Patience } from '../../activities/adapters/slack.pace.ts'
import { createSlack, type Posting } from '../../activities/adapters/slack.ts'
import type { ChatMessage } from '../../domain/chat/chat.ts'
import { type Fault, type FaultySlack, startFaultySlack } from '../support/faulty-slack.ts'

const MESSAGE: ChatMessage = { text: 'hello', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'hello' } }] }
const TOKEN = 'xoxb-0123456789-secret'

const patience = (ms = 20_000): Patience => ({ until: performance.now() + ms })
const longAgo = '2023-01-01T00:00:00.000Z'

function posting(change: Partial<Posting> = {}): Posting {
  return {
    key: 'card/incident/1',
    group: null,
    channel: 'C0OPS',
    thread: null,
    draw: async () => MESSAGE,
    look: 'never',
    since: longAgo,
    ...change,
  }
}

/** Slack answers within milliseconds here, however busy the machine is; only who waits for silence gives up soon. */
async function rig(context: TestContext, timeoutMs = 10_000) {
  const server = await startFaultySlack(context)
  const reports: string[] = []
  const slack = createSlack({
    token: TOKEN,
    apiUrl: server.url,
    pace: createSlackPace(),
    report: line => reports.push(line),
    timeoutMs,
    settleMs: 900,
  })
  return { server, slack, reports }
}

function rigFor(context: TestContext, fault: Fault) {
  return fault.kind.startsWith('hang') ? rig(context, 500) : rig(context)
}

async function troubleOf(work: Promise<unknown>): Promise<SlackTrouble> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof SlackTrouble, `not a trouble: ${String(error)}`)
  return error
}

describe('what an answer means', () => {
  const error = (code: string): Fault => ({ kind: 'error', code })
  const status = (code: number, retryAfter?: string): Fault => ({
    kind: 'status',
    status: code,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
  const cases: readonly (readonly [string, Fault, TroubleKind, owner: string, retryAfterMs?: number])[] = [
    ['429', status(429, '7'), 'limited', 'tool', 7_000],
    ['429 without a header', status(429), 'limited', 'tool', 30_000],
    ['a reset', { kind: 'reset-before' }, 'ambiguous', 'tool'],
    ['silence', { kind: 'hang-before' }, 'ambiguous', 'tool'],
    ['HTTP 500', status(500), 'ambiguous', 'tool'],
    ['HTTP 404 of a proxy', status(404), 'later', 'tool'],
    ['a page of a proxy', { kind: 'html' }, 'ambiguous', 'tool'],
    ['internal_error', error('internal_error'), 'ambiguous', 'tool'],
    ['ratelimited', error('ratelimited'), 'limited', 'tool', 30_000],
    ['message_limit_exceeded', error('message_limit_exceeded'), 'limited', 'tool', 300_000],
    ['org_login_required', error('org_login_required'), 'later', 'tool', 300_000],
    ['service_unavailable', error('service_unavailable'), 'later', 'tool'],
    ['a word that is new', error('something_new'), 'later', 'tool'],
    ['invalid_auth', error('invalid_auth'), 'workspace', 'permission'],
    ['missing_scope', error('missing_scope'), 'workspace', 'permission'],
    ['is_archived', error('is_archived'), 'refused', 'configuration'],
    [
      'restricted_action_thread_only_channel',
      error('restricted_action_thread_only_channel'),
      'refused',
      'configuration',
    ],
    ['no_text', error('no_text'), 'malformed', 'configuration'],
    ['message_not_found', error('message_not_found'), 'gone', 'operator'],
  ]
  for (const [name, fault, kind, owner, retryAfterMs] of cases) {
    it(`${name}: ${kind}`, async context => {
      const { server, slack } = await rigFor(context, fault)
      server.fail('chat.postMessage', fault)
      const plain = posting({ draw: async () => ({ text: 'hello', blocks: [] }) })
      const trouble = await troubleOf(slack.postOnce(plain, patience()))
      assert.deepEqual([trouble.kind, trouble.owner, trouble.retryAfterMs], [kind, owner, retryAfterMs])
      assert.match(trouble.hint, /^[A-Z].*\.$/)
      assert.doesNotMatch(`${trouble.message} ${trouble.hint}`, /secret|log in/)
      assert.equal(server.calls.length, 1, 'nothing is retried here')
    })
  }
})

describe('posting once', () => {
  const losses: readonly (readonly [string, Fault])[] = [
    ['the request was lost', { kind: 'reset-before' }],
    ['the answer was lost', { kind: 'reset-after' }],
    ['the answer never came', { kind: 'hang-after' }],
  ]
  for (const [name, fault] of losses) {
    for (const lagMs of [0, 500]) {
      it(`one message when ${name}${lagMs === 0 ? '' : ', and reading lags behind'}`, async context => {
        const { server, slack } = await rigFor(context, fault)
        server.lagMs = lagMs
        server.fail('chat.postMessage', fault)
        assert.equal((await troubleOf(slack.postOnce(posting(), patience()))).kind, 'ambiguous')
        const place = await slack.postOnce(posting({ look: 'after-settling' }), patience())
        const messages = server.messages('C0OPS')
        assert.deepEqual(
          messages.map(({ ts }) => ts),
          [place.ts],
        )
      })
    }
  }

  it('one message when the worker was killed between the post and its answer', async context => {
    const { server, slack } = await rig(context)
    server.fail('chat.postMessage', { kind: 'hang-after' })
    const arrived = server.called('chat.postMessage')
    const script = join(import.meta.dirname, 'fixtures', 'post-and-wait.ts')
    const worker = spawn(process.execPath, [script, server.url, 'card/incident/1', 'C0OPS'], { stdio: 'inherit' })
    const ended = once(worker, 'exit')
    await arrived
    worker.kill('SIGKILL')
    await ended
    assert.equal(server.messages('C0OPS').length, 1)
    const place = await slack.postOnce(posting({ look: 'after-settling' }), patience())
    assert.deepEqual(
      server.messages('C0OPS').map(({ ts }) => ts),
      [place.ts],
    )
  })

  it('is found behind a hundred others, and in a thread', async context => {
    const { server, slack } = await rig(context)
    const card = await slack.postOnce(posting(), patience())
    const reply = posting({ key: 'note/1', thread: card.ts })
    const note = await slack.postOnce(reply, patience())
    const { messages } = server
    for (let n = 0; n < 250; n += 1) {
      messages('C0OPS').push({ ...messagesOf(server)[0], ts: `${2_000_000_000 + n}.000000`, metadata: null })
    }
    assert.deepEqual(await slack.postOnce(posting({ look: 'at-once' }), patience()), card)
    assert.deepEqual(await slack.postOnce({ ...reply, look: 'at-once' }, patience()), note)
  })

  it('is found while our clock is five minutes ahead of Slack’s', async context => {
    const { server, slack } = await rig(context)
    const since = new Date(Date.now() + 5 * 60_000).toISOString()
    const card = await slack.postOnce(posting({ since }), patience())
    const group = 'page/ana'
    await slack.postOnce(posting({ key: 'page/1', group, since }), patience())
    assert.deepEqual(await slack.postOnce(posting({ look: 'at-once', since }), patience()), card)
    assert.equal((await slack.findGroup('C0OPS', group, since, patience())).length, 1)
    assert.equal(server.messages('C0OPS').length, 2)
  })

  it('another key, another message; the same key, the same id for Slack', async context => {
    const { server, slack } = await rig(context)
    await slack.postOnce(posting(), patience())
    await slack.postOnce(posting(), patience())
    await slack.postOnce(posting({ key: 'card/incident/2', look: 'at-once' }), patience())
    const ids = server.messages('C0OPS').map(({ clientMessageId }) => clientMessageId)
    assert.equal(ids.length, 3)
    assert.equal(new Set(ids).size, 2)
    assert.match(ids[0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('what travels with a message tells strangers nothing', async context => {
    const { server, slack } = await rig(context)
    await slack.postOnce(posting({ group: 'page/incident:secret-service/latency' }), patience())
    assert.doesNotMatch(JSON.stringify(messagesOf(server)[0].metadata), /incident|card|secret/)
  })

  it('posts when it may not look: a second message is better than none', async context => {
    const { server, slack } = await rig(context)
    server.fail('conversations.history', { kind: 'error', code: 'missing_scope' })
    await slack.postOnce(posting({ look: 'at-once' }), patience())
    assert.equal(server.messages('C0OPS').length, 1)
  })

  it('does not post when it cannot look', async context => {
    const { server, slack } = await rig(context)
    server.fail('conversations.history', { kind: 'status', status: 503 })
    assert.equal((await troubleOf(slack.postOnce(posting({ look: 'at-once' }), patience()))).kind, 'ambiguous')
    assert.deepEqual(server.messages('C0OPS'), [])
  })
})

function messagesOf(server: FaultySlack) {
  const [first, ...rest] = server.messages('C0OPS')
  assert.ok(first !== undefined)
  return [first, ...rest] as const
}

describe('messages', () => {
  it('arrive as plain text when Slack refuses their blocks, and somebody is told', async context => {
    const { server, slack, reports } = await rig(context)
    const refusal: Fault = { kind: 'error', code: 'invalid_blocks', messages: ['[ERROR] no [json-pointer:/blocks/0]'] }
    server.fail('chat.postMessage', refusal)
    const place = await slack.postOnce(posting(), patience())
    assert.deepEqual(messagesOf(server)[0].blocks, [])
    assert.equal(messagesOf(server)[0].text, 'hello')
    server.fail('chat.update', refusal)
    await slack.edit(place, async () => ({ ...MESSAGE, text: 'edited' }), patience())
    assert.deepEqual([messagesOf(server)[0].text, messagesOf(server)[0].blocks], ['edited', []])
    assert.deepEqual([reports.length, reports.every(line => line.includes('json-pointer'))], [2, true])
  })

  it('that are gone are said to be gone', async context => {
    const { slack } = await rig(context)
    const trouble = await troubleOf(slack.edit({ channel: 'C0OPS', ts: '1.0' }, async () => MESSAGE, patience()))
    assert.ok(isTrouble(trouble, 'gone'))
  })

  it('are found by their group until they are settled', async context => {
    const { server, slack } = await rig(context)
    for (const key of ['a', 'b']) await slack.postOnce(posting({ key, group: 'page/x' }), patience())
    await slack.postOnce(posting({ key: 'c', group: 'page/y' }), patience())
    const [newest, ...others] = await slack.findGroup('C0OPS', 'page/x', longAgo, patience())
    assert.ok(newest !== undefined)
    assert.equal(others.length, 1)
    await slack.settle(newest, async () => ({ text: 'quiet', blocks: [] }), patience())
    assert.equal((await slack.findGroup('C0OPS', 'page/x', longAgo, patience())).length, 1)
    assert.deepEqual(
      server.messages('C0OPS').map(({ text }) => text),
      ['hello', 'quiet', 'hello'],
    )
    assert.deepEqual(await slack.postOnce(posting({ key: 'b', look: 'at-once' }), patience()), newest.place)
  })
})

describe('the pace', () => {
  it('a 429 stops its own method for as long as Slack says, and no other', async context => {
    const { server, slack } = await rig(context)
    const place = await slack.postOnce(posting(), patience())
    server.fail('chat.update', { kind: 'status', status: 429, retryAfter: '1' })
    const refused = await troubleOf(slack.edit(place, async () => MESSAGE, patience()))
    const limitedAt = server.calls.at(-1)?.at ?? 0
    assert.equal(refused.kind, 'limited')
    const edited = slack.edit(place, async () => MESSAGE, patience())
    await slack.postOnce(posting({ key: 'meanwhile' }), patience())
    await edited
    assert.deepEqual(
      server.calls.map(({ method }) => method),
      ['chat.postMessage', 'chat.update', 'chat.postMessage', 'chat.update'],
    )
    assert.ok((server.calls.at(-1)?.at ?? 0) - limitedAt >= 950)
  })

  it('a message that waited shows what is true when it is sent', async context => {
    const { server, slack } = await rig(context)
    const place = await slack.postOnce(posting(), patience())
    let state = 'old'
    const edits = Array.from({ length: 6 }, () =>
      slack.edit(place, async () => ({ text: state, blocks: [] }), patience()),
    )
    await Promise.all(edits.slice(0, 5))
    assert.equal(messagesOf(server)[0].text, 'old')
    state = 'new'
    await Promise.all(edits)
    assert.equal(messagesOf(server)[0].text, 'new')
  })

  it('patience ends with a time to come back, and nothing is sent', async context => {
    const { server, slack } = await rig(context)
    const place = await slack.postOnce(posting(), patience())
    server.fail('chat.update', { kind: 'status', status: 429, retryAfter: '60' })
    await troubleOf(slack.edit(place, async () => MESSAGE, patience()))
    const before = server.calls.length
    const trouble = await troubleOf(slack.edit(place, async () => MESSAGE, patience(50)))
    assert.deepEqual([trouble.kind, trouble.retryAfterMs, server.calls.length], ['limited', 1_000, before])
  })

  it('whoever is cancelled hears it at once, while waiting and while settling', async context => {
    const { server, slack } = await rig(context)
    const place = await slack.postOnce(posting(), patience())
    server.fail('chat.update', { kind: 'status', status: 429, retryAfter: '60' })
    await troubleOf(slack.edit(place, async () => MESSAGE, patience()))
    const cancel = new AbortController()
    const cancelled = { ...patience(), signal: cancel.signal }
    const waits = [
      slack.edit(place, async () => MESSAGE, cancelled),
      slack.postOnce(posting({ look: 'after-settling' }), cancelled),
    ]
    const reason = new Error('not needed any more')
    cancel.abort(reason)
    const ends = await Promise.allSettled(waits)
    assert.deepEqual(
      ends,
      waits.map(() => ({ status: 'rejected', reason })),
    )
  })
})
