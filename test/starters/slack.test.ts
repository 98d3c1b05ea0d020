/** Who gets through the door of Slack: a real HTTP server, requests signed as Slack signs them, nothing behind it. */
import assert from 'node:assert/strict'
import type { OutgoingHttpHeaders } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { SignedStatement } from '../../domain/approvals/approval.ts'
import { ACTIONS } from '../../domain/chat/chat.ts'
import { createGuard, ownSignature } from '../../starters/slack/guard.ts'
import {
  commandBody,
  formBody,
  interaction,
  OLD_SECRET,
  type OpenDoor,
  openDoor,
  paperSlack,
  pressBody,
  SECRET,
  send,
  sendRaw,
  TEAM,
} from '../support/slack-door.ts'

const seconds = () => Math.floor(Date.now() / 1_000)
const heard: string[] = []
/** Behind the door is nobody: what gets through to Temporal is counted. */
const client = {
  withDeadline: async (_at: number, work: () => Promise<unknown>) => await work(),
  workflow: {
    signalWithStart: async (_type: string, { signalArgs }: { signalArgs: readonly { id: string }[] }) => {
      heard.push(signalArgs[0]?.id ?? '')
      return { signaledRunId: 'run' }
    },
    getHandle: () => ({
      signal: async (_signal: unknown, { statement }: SignedStatement) =>
        void heard.push(`signal ${statement.unheard}`),
    }),
  },
} as unknown as Client

const paper = paperSlack()
let loopDelay = 0
let team = async () => TEAM
let opened: OpenDoor

before(async () => {
  opened = await openDoor({ client, slack: paper.slack, loopDelayMs: () => loopDelay, team: () => team() })
})
after(async () => await opened.close())

const declare = () => commandBody('incident critical "acp down"')

describe('what is Slack’s', () => {
  test('a signed command is heard, and answered with words', async () => {
    const before = heard.length
    const { status, body } = await send(opened.url, declare())
    assert.equal(status, 200)
    assert.match(body, /Recorded.*acp down/)
    assert.equal(heard.length, before + 1)
  })
  test('signed by the secret that is being replaced', async () => {
    assert.match((await send(opened.url, declare(), { secret: OLD_SECRET })).body, /Recorded/)
  })
  test('with a charset that a proxy added', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    assert.match((await send(opened.url, declare(), { headers })).body, /Recorded/)
  })
  test('within five minutes on both sides', async () => {
    for (const offset of [-290, 290]) {
      const { status } = await send(opened.url, commandBody('whoami'), { at: seconds() + offset })
      assert.equal(status, 200, String(offset))
    }
  })
  test('its challenge is answered', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c1' })
    const sent = await send(opened.url, body, { headers: { 'content-type': 'application/json' } })
    assert.deepEqual([sent.status, JSON.parse(sent.body)], [200, { challenge: 'c1' }])
  })
})

describe('what is not: refused alike, and nothing is heard', () => {
  const signed = (changes: Parameters<typeof send>[2] = {}, body = declare()) => send(opened.url, body, changes)
  const cases: Readonly<Record<string, () => ReturnType<typeof send>>> = {
    'wrong secret': () => signed({ secret: 'somebody else’s secret' }),
    'tampered body': () => signed({ headers: { 'x-slack-signature': `v0=${'0'.repeat(64)}` } }),
    'another version': () => signed({ headers: { 'x-slack-signature': `v1=${'0'.repeat(64)}` } }),
    'no signature': () => signed({ headers: { 'x-slack-signature': '' } }),
    'five minutes old': () => signed({ at: seconds() - 302 }),
    'ten minutes old': () => signed({ at: seconds() - 600 }),
    'from the future': () => signed({ at: seconds() + 302 }),
    'from the far future': () => signed({ at: seconds() + 10 * 365 * 86_400 }),
    'a time that is none': () => signed({ at: 'now' }),
    'a time with a fraction': () => signed({ at: `${seconds()}.0` }),
    'a check of the certificate with a wrong signature': () =>
      signed({ headers: { 'x-slack-signature': 'v0=' } }, `ssl_check=1&${declare()}`),
    'a check of the certificate hidden in a payload, without a signature': () =>
      signed(
        { headers: { 'x-slack-signature': '' } },
        new URLSearchParams({ payload: '{"ssl_check":"1"}' }).toString(),
      ),
    'a check of the certificate that is no form, without a signature': () =>
      signed({ headers: { 'x-slack-signature': '', 'content-type': 'application/json' } }, '{"ssl_check":"1"}'),
    'what cannot be parsed, with a wrong signature': () =>
      signed(
        { headers: { 'x-slack-signature': 'v0=', 'content-type': 'application/json' } },
        `{"a":${'['.repeat(400_000)}`,
      ),
    'a challenge without a signature': () =>
      signed(
        { headers: { 'x-slack-signature': 'v0=', 'content-type': 'application/json' } },
        '{"type":"url_verification","challenge":"c"}',
      ),
  }
  const raw = async (changed: (signature: string) => OutgoingHttpHeaders) => {
    const [body, at] = [declare(), String(seconds())]
    const signature = ownSignature(SECRET, at, body)
    return await sendRaw(opened.url, body, { 'x-slack-request-timestamp': at, ...changed(signature) })
  }
  const headers: Readonly<Record<string, (signature: string) => OutgoingHttpHeaders>> = {
    'a signature in capitals': signature => ({ 'x-slack-signature': `v0=${signature.slice(3).toUpperCase()}` }),
    'a signature with something after it': signature => ({ 'x-slack-signature': `${signature}junk` }),
    'a signature with a blank after it and more': signature => ({ 'x-slack-signature': `${signature} ${signature}` }),
    'a signature that comes twice': signature => ({ 'x-slack-signature': [signature, signature] }),
    'a time that comes twice': signature => ({
      'x-slack-signature': signature,
      'x-slack-request-timestamp': [String(seconds()), String(seconds())],
    }),
    'no time': signature => ({ 'x-slack-signature': signature, 'x-slack-request-timestamp': [] }),
    'no signature header at all': () => ({}),
  }
  test('these headers are right as they are', async () => {
    assert.match((await raw(signature => ({ 'x-slack-signature': signature }))).body, /Recorded/)
  })
  for (const [name, changed] of Object.entries(headers)) {
    test(name, async () => {
      const before = heard.length
      const { status, body } = await raw(changed)
      assert.deepEqual([status, body, heard.length], [401, '', before])
    })
  }
  for (const [name, attempt] of Object.entries(cases)) {
    test(name, async () => {
      const before = heard.length
      const { status, body } = await attempt()
      assert.deepEqual([status, body, heard.length], [401, '', before])
    })
  }

  const malformed: Readonly<Record<string, string>> = {
    'an empty body': '',
    'no JSON in the payload': new URLSearchParams({ payload: '{' }).toString(),
    'a field that came twice': `${declare()}&user_id=U0BEN`,
    'a field that is missing': declare().replace(/trigger_id=[^&]*&/, ''),
    'a press without a button': interaction({ type: 'block_actions', actions: [] }),
    'a press whose user is a list': interaction({
      type: 'block_actions',
      user: [{ id: 'U0ANA' }],
      actions: [{ action_id: 'x', action_ts: '1' }],
    }),
    'something that Slack does not send': new URLSearchParams({ hello: 'world' }).toString(),
  }
  for (const [name, body] of Object.entries(malformed)) {
    test(`${name}, signed`, async () => {
      const before = heard.length
      const sent = await send(opened.url, body)
      assert.deepEqual([sent.status, sent.body, heard.length], [400, '', before])
    })
  }
  test('five megabytes', async () => {
    const { status } = await send(opened.url, 'x'.repeat(5_000_000)).catch(() => ({ status: 413 }))
    assert.equal(status, 413)
  })
  test('another path or method', async () => {
    assert.equal((await send(opened.url, declare(), { path: '/' })).status, 404)
    assert.equal((await send(opened.url, '', { method: 'GET' })).status, 404)
  })
  test('a check of the certificate carries no command with it', async () => {
    const before = heard.length
    for (const headers of [{ 'x-slack-signature': '' }, {}]) {
      const sent = await send(opened.url, `ssl_check=1&${declare()}`, { headers })
      assert.deepEqual([sent.status, sent.body, heard.length], [200, '', before])
    }
  })
})

test('the same request three times is heard once', async () => {
  const before = heard.length
  const [body, at] = [declare(), seconds()]
  const answers = [
    await send(opened.url, body, { at }),
    await send(opened.url, body, { at }),
    await send(opened.url, body, { at }),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.deepEqual(
    answers.map(({ body: text }) => text === ''),
    [false, true, true],
  )
  // Signed once more it is another request with the same trigger, and so the same message.
  await send(opened.url, body, { at: at - 1 })
  assert.equal(heard.length, before + 2)
  assert.equal(heard.at(-1), heard.at(-2))
})

describe('nothing hangs', () => {
  const known: Readonly<Record<string, readonly [string, RegExp]>> = {
    'an unknown verb': [commandBody('frobnicate'), /unknown verb/],
    'an unknown command': [commandBody('whoami', { command: '/other' }), /ana/],
    'an unknown view': [formBody('ops:modal:other:v9', { v: 1, w: 'x' }, { a: 'b' }), /errors.*not known any more/],
    'an unknown event': [
      JSON.stringify({
        type: 'event_callback',
        team_id: 'T0SANDBOX',
        api_app_id: 'A0OPS',
        event_id: 'E1',
        event: { type: 'message' },
      }),
      /^$/,
    ],
    'a closed view': [interaction({ type: 'view_closed', view: {} }), /^$/],
  }
  for (const [name, [body, expected]] of Object.entries(known)) {
    test(name, async () => {
      const headers = body.startsWith('{') ? { 'content-type': 'application/json' } : {}
      const sent = await send(opened.url, body, { headers })
      assert.equal(sent.status, 200)
      assert.match(sent.body, expected)
      assert.ok(sent.ms < 2_500)
    })
  }
  test('an unknown button, or one of another version, is explained to whoever pressed it', async () => {
    for (const [action, value, words] of [
      ['ops:incident:other:v9', { v: 1, w: 'incident:x' }, /not known any more/],
      [ACTIONS.acknowledge, { v: 2, w: 'incident:x' }, /another version/],
      [ACTIONS.approve, { v: 1, w: 'incident:x' }, /not one of a question/],
    ] as const) {
      assert.equal((await send(opened.url, pressBody(action, value))).status, 200)
      await opened.idle()
      const last = paper.asked.at(-1)
      assert.deepEqual([last?.what, words.test(last?.text ?? '')], ['respond', true], last?.text)
    }
  })
  test('a link is only acknowledged', async () => {
    const before = paper.asked.length
    assert.equal((await send(opened.url, pressBody(ACTIONS.link, {}))).status, 200)
    await opened.idle()
    assert.equal(paper.asked.length, before)
  })
})

describe('who is heard', () => {
  for (const [name, changes, words] of [
    ['a guest', { user_id: 'U0GUEST' }, /Guests/],
    ['somebody unknown', { user_id: 'U0NOBODY' }, /does not know who you are/],
    ['another workspace', { team_id: 'T0ELSEWHERE' }, /accounts of this workspace/],
    ['another app', { api_app_id: 'A0OTHER' }, /^$/],
  ] as const) {
    test(`not ${name}`, async () => {
      const before = heard.length
      const { status, body } = await send(opened.url, commandBody('incident low test', changes))
      assert.equal(status, 200)
      assert.match(body, words)
      assert.equal(heard.length, before)
    })
  }
  test('not somebody of another company in a shared channel; their press on a decision is on record, with why', async () => {
    const value = { v: 1, w: 'change:alpha', a: 'APR-1A2B3C', d: '0123456789ab' }
    const before = heard.length
    const body = pressBody(ACTIONS.approve, value, 'U0ANA', { user: { id: 'U0ANA', team_id: 'T0ELSEWHERE' } })
    assert.equal((await send(opened.url, body)).status, 200)
    await opened.idle()
    assert.match(paper.asked.at(-1)?.text ?? '', /accounts of this workspace/)
    assert.deepEqual(heard.slice(before), ['signal stranger'])
  })
  test('nobody while the team cannot be read, and nothing of the file is told', async () => {
    team = async () => Promise.reject(new Error('estate.yaml: line 7 is wrong'))
    const other = await openDoor({ client, slack: paper.slack, team: () => team() })
    const { body } = await send(other.url, declare())
    await other.close()
    team = async () => TEAM
    assert.match(body, /cannot find out who belongs to the team.*not recorded/)
    assert.doesNotMatch(body, /line 7/)
  })
  test('a second account is the same person', async () => {
    assert.match((await send(opened.url, commandBody('whoami', { user_id: 'U0ANA2' }))).body, /You are \*ana\*/)
  })
})

describe('when there is no time', () => {
  test('what is too old is told so, and not recorded', async () => {
    const before = heard.length
    const { status, body } = await send(opened.url, declare(), { at: seconds() - 8 })
    assert.equal(status, 200)
    assert.match(body, /busy.*not recorded/)
    assert.equal(heard.length, before)
  })
  test('what waited for the event loop as well', async () => {
    loopDelay = 3_000
    const { body } = await send(opened.url, declare())
    loopDelay = 0
    assert.match(body, /busy.*not recorded/)
    await sleep(0)
    assert.match((await send(opened.url, declare())).body, /Recorded/)
  })
})

test('a handler that breaks before the acknowledgement is answered all the same, and is in the log', async () => {
  const boom = () => {
    throw new TypeError('boom')
  }
  const broken = { ...client, workflow: { signalWithStart: boom, getHandle: boom } } as unknown as Client
  const other = await openDoor({ client: broken, slack: { ...paper.slack, openView: boom } })
  const { status, body } = await send(other.url, declare())
  assert.deepEqual([status, /ops itself broke; whether this was recorded is not known/.test(body)], [200, true], body)
  assert.equal((await send(other.url, pressBody(ACTIONS.declare, {}))).status, 200)
  await other.idle()
  assert.match(other.warnings.join('\n'), /a request broke.*boom/s)
  assert.doesNotMatch(body, /boom/)
  await other.close()
})

test('without a signing secret, or with a short one, there is no door', () => {
  for (const secrets of [[], [''], ['short'], [SECRET, 'fifteen-letters']]) {
    assert.throws(() => createGuard(secrets), /a signing secret is missing/)
  }
})

test('what is refused is counted by its reason', async () => {
  const text = await opened.registry.metrics()
  for (const reason of [
    'signature',
    'clock',
    'replay',
    'malformed',
    'size',
    'path',
    'guest',
    'unknown',
    'stranger',
    'foreign',
    'busy',
  ]) {
    assert.match(text, new RegExp(`ops_slack_refused_total\\{reason="${reason}"\\} [1-9]`), reason)
  }
})

test('text from outside stays text', async () => {
  const nasty = '&lt;!channel&gt; `code` \u202eevil &lt;https://evil.example|Runbook&gt; token=abc123secret'
  const { body } = await send(opened.url, commandBody(`incident low ${nasty}`))
  assert.match(body, /Recorded/)
  assert.doesNotMatch(body, /<!channel>|<https|\u202e|abc123secret/)
  const long = await send(opened.url, commandBody(`incident low ${'x'.repeat(10_000)}`))
  assert.match(long.body, /Recorded/)
})
