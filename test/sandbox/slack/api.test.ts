/** The stand-in's Web API, called by Slack's own client: answers, refusals in Slack's words, limits, rates. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WebClient } from '@slack/web-api'
import { admin } from '../../../sandbox/slack/client.ts'
import { startStandIn } from '../../../sandbox/slack/stand-in.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { at, button, card, clientOf, type Made, plain, startRig, TOKEN } from './rig.ts'

const INCIDENTS = 'C0INCIDENTS'

async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => assert.fail('it was not refused'),
    reason => reason,
  )
  assert.equal(at(error, 'data', 'ok'), false, String(error))
  return at(error, 'data')
}

const refusalCode = async (call: Promise<unknown>) => at(await refusal(call), 'error')

test('who calls, with the scopes in the headers', async context => {
  const { client } = await startRig(context)
  const answer = await client.auth.test()
  assert.deepEqual([answer.ok, answer.team_id, answer.user_id, answer.bot_id], [true, 'T0SANDBOX', 'U0OPSBOT', 'B0OPS'])
  const { response_metadata: metadata } = await client.users.info({ user: 'U0ANA' })
  assert.deepEqual(metadata?.acceptedScopes, ['users:read'])
  assert.ok(metadata?.scopes?.includes('chat:write'))
})

test('an unknown bearer, none, and an unknown method are refused with 200', async context => {
  const { standIn, client } = await startRig(context)
  assert.equal(await refusalCode(clientOf(standIn.url, 'xoxb-somebody').auth.test()), 'invalid_auth')
  const bare = await fetch(`${standIn.url}/api/chat.postMessage`, { method: 'POST' })
  assert.deepEqual([bare.status, await bare.json()], [200, { ok: false, error: 'not_authed' }])
  assert.equal(await refusalCode(client.apiCall('canvases.create')), 'unknown_method')
})

test('a method without its scope says which one is needed', async context => {
  const { client, door } = await startRig(context)
  await admin(door, 'scopes', { scopes: ['users:read'] })
  const refused = await refusal(client.chat.postMessage({ channel: INCIDENTS, text: 'x' }))
  const told = ['error', 'needed', 'provided'].map(name => at(refused, name))
  assert.deepEqual(told, ['missing_scope', 'chat:write', 'users:read'])
  const { user } = await client.users.info({ user: 'U0ANA' })
  assert.equal(user?.profile?.email, undefined)
})

test('a message is posted, found in the history with its metadata, edited and deleted', async context => {
  const { client } = await startRig(context)
  const metadata = { event_type: 'ops_card', event_payload: { k: 'run/1/root/1' } }
  const { ts = '' } = await client.chat.postMessage({
    channel: '#incidents',
    text: 'first',
    blocks: [...card()],
    metadata,
  })
  const plainHistory = await client.conversations.history({ channel: INCIDENTS })
  assert.equal(plainHistory.messages?.[0]?.metadata, undefined)
  const { messages } = await client.conversations.history({ channel: INCIDENTS, include_all_metadata: true })
  assert.deepEqual([messages?.[0]?.ts, messages?.[0]?.metadata], [ts, metadata])

  await client.chat.update({ channel: INCIDENTS, ts, text: 'edited', blocks: [...card()] })
  const edited = (await client.conversations.history({ channel: INCIDENTS, include_all_metadata: true })).messages?.[0]
  assert.deepEqual([edited?.text, edited?.edited, edited?.metadata], ['edited', undefined, metadata])
  await client.chat.update({ channel: INCIDENTS, ts, text: 'only text' })
  const bare = (await client.conversations.history({ channel: INCIDENTS })).messages?.[0]
  assert.equal(bare?.blocks, undefined)
  assert.ok(bare?.edited)

  await client.chat.delete({ channel: INCIDENTS, ts })
  assert.equal(await refusalCode(client.chat.update({ channel: INCIDENTS, ts, text: 'gone' })), 'message_not_found')
})

test('every ts is new and larger, also within one millisecond', async context => {
  const { standIn } = await startRig(context, { now: () => 1_700_000_000_000 })
  const all = Array.from({ length: 1000 }, () => standIn.workspace.nextTs())
  assert.equal(new Set(all).size, 1000)
  assert.deepEqual(all, all.toSorted())
  assert.match(all[0] ?? '', /^1700000000\.\d{6}$/)
})

test('threads: replies stay out of the history unless they are broadcast', async context => {
  const { client } = await startRig(context)
  const { ts = '' } = await client.chat.postMessage({ channel: INCIDENTS, text: 'root' })
  await client.chat.postMessage({ channel: INCIDENTS, text: 'reply', thread_ts: ts })
  await client.chat.postMessage({ channel: INCIDENTS, text: 'loud', thread_ts: ts, reply_broadcast: true })
  const { messages } = await client.conversations.history({ channel: INCIDENTS })
  assert.deepEqual(
    messages?.map(({ text }) => text),
    ['loud', 'root'],
  )
  const replies = await client.conversations.replies({ channel: INCIDENTS, ts })
  assert.deepEqual(
    replies.messages?.map(({ text }) => text),
    ['root', 'reply', 'loud'],
  )
})

test('the history is paged, and cut by oldest and latest', async context => {
  const { client, door } = await startRig(context)
  await admin(door, 'switch', { rate: false })
  const all: string[] = []
  for (let index = 0; index < 7; index += 1)
    all.push((await client.chat.postMessage({ channel: INCIDENTS, text: String(index) })).ts ?? '')
  const first = await client.conversations.history({ channel: INCIDENTS, limit: 5 })
  assert.deepEqual([first.messages?.length, first.has_more], [5, true])
  const cursor = first.response_metadata?.next_cursor ?? ''
  const second = await client.conversations.history({ channel: INCIDENTS, limit: 5, cursor })
  assert.deepEqual([second.messages?.map(({ text }) => text), second.has_more], [['1', '0'], false])
  const [oldest = '', latest = ''] = [all[2], all[4]]
  const window = await client.conversations.history({ channel: INCIDENTS, oldest, latest })
  assert.deepEqual(
    window.messages?.map(({ text }) => text),
    ['3'],
  )
  const inclusive = await client.conversations.history({ channel: INCIDENTS, oldest, latest, inclusive: true })
  assert.equal(inclusive.messages?.length, 3)
})

type Refused = readonly [name: string, call: (client: WebClient) => Promise<unknown>, code: string]

const REFUSED: readonly Refused[] = [
  ['an unknown channel', client => client.chat.postMessage({ channel: 'C0NONE', text: 'x' }), 'channel_not_found'],
  ['no text', client => client.chat.postMessage({ channel: INCIDENTS, text: '  ' }), 'no_text'],
  [
    'blocks that are no list',
    client => client.apiCall('chat.postMessage', { channel: INCIDENTS, blocks: '"x"' }),
    'invalid_blocks_format',
  ],
  [
    'too large metadata',
    client =>
      client.chat.postMessage({
        channel: INCIDENTS,
        text: 'x',
        metadata: { event_type: 'e', event_payload: { k: 'x'.repeat(20_000) } },
      }),
    'metadata_too_large',
  ],
  [
    'too much text in blocks',
    client =>
      client.chat.postMessage({
        channel: INCIDENTS,
        text: 'x',
        blocks: Array.from({ length: 5 }, () => section('x'.repeat(2900))),
      }),
    'msg_blocks_too_long',
  ],
  [
    'an edit of what is not there',
    client => client.chat.update({ channel: INCIDENTS, ts: '1.0', text: 'x' }),
    'message_not_found',
  ],
  [
    'an ephemeral for a stranger to the channel',
    client => client.chat.postEphemeral({ channel: 'C0OPS', user: 'U0GUEST', text: 'x' }),
    'user_not_in_channel',
  ],
  [
    'a modal without a trigger',
    client => client.views.open({ trigger_id: 'made-up', view: { type: 'modal', title: plain('x'), blocks: [] } }),
    'invalid_trigger_id',
  ],
  ['an unknown person', client => client.users.info({ user: 'U0NOBODY' }), 'user_not_found'],
  ['an unknown address', client => client.users.lookupByEmail({ email: 'no@example.test' }), 'users_not_found'],
  ['an unknown group', client => client.usergroups.users.list({ usergroup: 'S0NONE' }), 'no_such_subteam'],
  ['a name that is taken', client => client.conversations.create({ name: 'incidents' }), 'name_taken'],
  ['a name with capitals', client => client.conversations.create({ name: 'Big News' }), 'invalid_name_specials'],
  ['a long name', client => client.conversations.create({ name: 'x'.repeat(81) }), 'invalid_name_maxlength'],
  [
    'somebody who is there already',
    client => client.conversations.invite({ channel: INCIDENTS, users: 'U0ANA' }),
    'already_in_channel',
  ],
  [
    'a thread of nothing',
    client => client.conversations.replies({ channel: INCIDENTS, ts: '1.000000' }),
    'thread_not_found',
  ],
]

for (const [name, call, code] of REFUSED)
  test(`refused: ${name}`, async context => {
    const { client } = await startRig(context)
    assert.equal(await refusalCode(call(client)), code)
  })

test('an archived channel loses the app, which cannot bring it back', async context => {
  const { client } = await startRig(context)
  const { channel } = await client.conversations.create({ name: 'inc-7' })
  const id = channel?.id ?? ''
  const { ts = '' } = await client.chat.postMessage({ channel: id, text: 'card' })
  await client.conversations.archive({ channel: id })
  assert.equal(await refusalCode(client.chat.postMessage({ channel: id, text: 'x' })), 'is_archived')
  assert.equal(await refusalCode(client.chat.update({ channel: id, ts, text: 'x' })), 'is_archived')
  assert.equal(await refusalCode(client.conversations.archive({ channel: id })), 'already_archived')
  assert.equal(await refusalCode(client.conversations.unarchive({ channel: id })), 'not_in_channel')
  assert.equal(await refusalCode(client.conversations.history({ channel: id })), 'not_in_channel')
})

test('pins, bookmarks and reactions answer the second time as Slack does', async context => {
  const { client } = await startRig(context)
  const { ts: timestamp = '' } = await client.chat.postMessage({ channel: INCIDENTS, text: 'card' })
  await client.pins.add({ channel: INCIDENTS, timestamp })
  assert.equal(await refusalCode(client.pins.add({ channel: INCIDENTS, timestamp })), 'already_pinned')
  assert.equal((await client.pins.list({ channel: INCIDENTS })).items?.length, 1)
  await client.reactions.add({ channel: INCIDENTS, timestamp, name: 'eyes' })
  assert.equal(
    await refusalCode(client.reactions.add({ channel: INCIDENTS, timestamp, name: 'eyes' })),
    'already_reacted',
  )
  const link = { channel_id: INCIDENTS, title: 'Run', type: 'link' as const, link: 'http://127.0.0.1/run' }
  await client.bookmarks.add(link)
  await client.bookmarks.add(link)
  assert.equal((await client.bookmarks.list({ channel_id: INCIDENTS })).bookmarks?.length, 2)
})

test('people: guest, bot, stranger and their groups are told apart', async context => {
  const { client } = await startRig(context)
  const { members = [] } = await client.users.list({})
  const marks = Object.fromEntries(
    members.map(one => [one.name, [one.is_restricted, one.is_bot, at(one, 'is_stranger') === true, one.team_id]]),
  )
  assert.deepEqual(marks.guest, [true, false, false, 'T0SANDBOX'])
  assert.deepEqual(marks.otherbot, [false, true, false, 'T0SANDBOX'])
  assert.deepEqual(marks.stranger, [false, false, true, 'T0ELSEWHERE'])
  const { users } = await client.usergroups.users.list({ usergroup: 'S0APPROVERS' })
  assert.deepEqual(users, ['U0ANA', 'U0BEN', 'U0CY'])
  const { channel } = await client.conversations.open({ users: 'U0BEN' })
  assert.equal((await client.chat.postMessage({ channel: 'U0BEN', text: 'page' })).channel, channel?.id)
})

test('a text above 40,000 characters is cut with a warning', async context => {
  const { client } = await startRig(context)
  const { message, response_metadata: metadata } = await client.chat.postMessage({
    channel: INCIDENTS,
    text: 'x'.repeat(50_000),
  })
  assert.equal(message?.text?.length, 40_000)
  assert.deepEqual(metadata?.warnings, ['message_truncated'])
})

const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } })
const actions = (...elements: Made[]) => ({ type: 'actions', elements })

const WRONG_BLOCKS: readonly (readonly [string, readonly Made[], string])[] = [
  [
    '51 blocks',
    Array.from({ length: 51 }, () => ({ type: 'divider' })),
    'no more than 50 items allowed [json-pointer:/blocks]',
  ],
  [
    'a long section',
    [section('x'.repeat(3001))],
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  ['an empty section', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
  [
    'a long header',
    [{ type: 'header', text: plain('x'.repeat(151)) }],
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    '11 fields',
    [{ type: 'section', fields: Array.from({ length: 11 }, () => plain('x')) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    '11 context elements',
    [{ type: 'context', elements: Array.from({ length: 11 }, () => plain('x')) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    '26 buttons',
    [actions(...Array.from({ length: 26 }, (_, index) => button(`a${index}`, 'x')))],
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'a long button',
    [actions(button('a', 'x'.repeat(76)))],
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'a long value',
    [actions(button('a', 'x', { value: 'x'.repeat(2001) }))],
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'two elements with one action_id',
    [actions(button('a', 'x'), button('a', 'y'))],
    '`action_id` already exists [json-pointer:/blocks/0/elements/1/action_id]',
  ],
  [
    'two blocks with one block_id',
    [
      { type: 'divider', block_id: 'b' },
      { type: 'divider', block_id: 'b' },
    ],
    '`block_id` already exists [json-pointer:/blocks/1/block_id]',
  ],
  [
    'mrkdwn on a button',
    [actions({ ...button('a', 'x'), text: { type: 'mrkdwn', text: 'x' } })],
    'must be a plain_text object [json-pointer:/blocks/0/elements/0/text]',
  ],
  ['an unknown block', [{ type: 'plan', title: 'x' }], 'unsupported type: plan [json-pointer:/blocks/0/type]'],
  [
    'an unknown property',
    [{ type: 'divider', colour: 'red' }],
    'invalid additional property: colour [json-pointer:/blocks/0]',
  ],
  [
    'a style of its own',
    [actions(button('a', 'x', { style: 'green' }))],
    'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'a confirmation without a title',
    [actions(button('a', 'x', { confirm: { text: plain('x'), confirm: plain('y'), deny: plain('n') } }))],
    'missing required field: title [json-pointer:/blocks/0/elements/0/confirm]',
  ],
]

for (const [name, blocks, message] of WRONG_BLOCKS)
  test(`Block Kit refuses ${name}`, async context => {
    const { client } = await startRig(context)
    const data = await refusal(client.chat.postMessage({ channel: INCIDENTS, text: 'x', blocks: [...blocks] }))
    const told = at(data, 'response_metadata', 'messages')
    assert.deepEqual([at(data, 'error'), told], ['invalid_blocks', [`[ERROR] ${message}`]])
    const { messages } = await client.conversations.history({ channel: INCIDENTS })
    assert.deepEqual(messages, [])
  })

test('rates: one a second in a channel after a burst, and other methods go on', async context => {
  let now = 1_700_000_000_000
  const { client, standIn } = await startRig(context, { now: () => now })
  const post = () => client.chat.postMessage({ channel: INCIDENTS, text: 'x' })
  for (let count = 0; count < 5; count += 1) await post()
  await assert.rejects(post(), { code: 'slack_webapi_rate_limited_error', retryAfter: 1 })
  await client.chat.postMessage({ channel: 'C0OPS', text: 'another channel' })
  const raw = await fetch(`${standIn.url}/api/chat.postMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: INCIDENTS, text: 'x' }),
  })
  assert.deepEqual(
    [raw.status, raw.headers.get('retry-after'), await raw.json()],
    [429, '1', { ok: false, error: 'ratelimited' }],
  )
  now += 1000
  await post()
})

test('rates: 50 edits a minute for all channels together, until it is switched off', async context => {
  let now = 1_700_000_000_000
  const { client, door } = await startRig(context, { now: () => now })
  const { ts = '' } = await client.chat.postMessage({ channel: INCIDENTS, text: 'card' })
  const edit = () => client.chat.update({ channel: INCIDENTS, ts, text: 'x' })
  for (let count = 0; count < 50; count += 1) await edit()
  await assert.rejects(edit(), { retryAfter: 2 })
  now += 1200
  await edit()
  await admin(door, 'switch', { rate: false })
  for (let count = 0; count < 20; count += 1) await edit()
})

test('what was acknowledged outlives a restart, also when the last line was cut', async context => {
  const folder = await temporaryFolder(context)
  const { client, standIn } = await startRig(context, { folder })
  const { ts = '' } = await client.chat.postMessage({ channel: INCIDENTS, text: 'one' })
  await client.chat.update({ channel: INCIDENTS, ts, text: 'one, edited' })
  const { ts: gone = '' } = await client.chat.postMessage({ channel: INCIDENTS, text: 'two' })
  await client.chat.delete({ channel: INCIDENTS, ts: gone })
  await standIn.close()
  const { appendFile } = await import('node:fs/promises')
  await appendFile(`${folder}/journal.jsonl`, '{"table":"messages","key":"half')

  const options = { host: '127.0.0.1', port: 0, token: TOKEN, signingSecret: 'unused-here', people: [], folder }
  const again = await startStandIn({ ...options, ingress: 'http://127.0.0.1:1/' })
  context.after(() => again.close())
  const { messages } = await clientOf(again.url).conversations.history({ channel: INCIDENTS })
  assert.deepEqual(
    messages?.map(message => [message.ts, message.text]),
    [[ts, 'one, edited']],
  )
})

test('the same client_msg_id posts twice, unless that is switched on', async context => {
  const { client, door } = await startRig(context)
  const post = async () =>
    at(await client.apiCall('chat.postMessage', { channel: INCIDENTS, text: 'x', client_msg_id: 'a-uuid' }), 'ts')
  assert.notEqual(await post(), await post())
  await admin(door, 'switch', { dedupe: true })
  assert.equal(await post(), await post())
})
