/** What people do in the stand-in, as the app gets it: signed, in Slack's shapes, once, and within three seconds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, inWords, press, say, screen, submit, typed } from '../../../sandbox/slack/client.ts'
import { at, button, card, type Got, modal, plain, type Rig, signatureOf, startRig } from './rig.ts'

const INCIDENTS = 'C0INCIDENTS'

async function post({ client }: Rig, blocks = card(), channel = INCIDENTS): Promise<string> {
  return (await client.chat.postMessage({ channel, text: 'card', blocks: [...blocks] })).ts ?? ''
}

function last({ app }: Rig): Got {
  return app.got.at(-1) ?? assert.fail('the app got nothing')
}

async function ephemeralsOf({ door }: Rig, person: string): Promise<readonly string[]> {
  const { channels } = await screen(door, person)
  return channels.flatMap(({ messages }) => messages.filter(one => one.isEphemeral).map(({ text }) => text))
}

/** The app opens a modal for whatever is pressed or commanded, as soon as it hears of it. */
function opensModal({ app, client }: Rig, view = modal()): void {
  app.answer(async ({ form, payload }) => {
    const trigger = form.get('trigger_id') ?? at(payload, 'trigger_id')
    if (at(payload, 'type') !== 'view_submission') await client.apiCall('views.open', { trigger_id: trigger, view })
    return {}
  })
}

test('a command is a signed form with everything that Slack sends', async context => {
  const rig = await startRig(context)
  const seen = await say(rig.door, 'ana', '/ops incident critical "acp down"', INCIDENTS)
  assert.deepEqual([seen.ok, seen.word], [true, 'ok'])
  const { headers, body, form } = last(rig)
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded')
  assert.equal(headers['x-slack-signature'], signatureOf(String(headers['x-slack-request-timestamp']), body))
  const { token: _, response_url: url, trigger_id: trigger, ...rest } = Object.fromEntries(form)
  assert.deepEqual(rest, {
    team_id: 'T0SANDBOX',
    team_domain: 'sandbox',
    channel_id: INCIDENTS,
    channel_name: 'incidents',
    user_id: 'U0ANA',
    user_name: 'ana',
    command: '/ops',
    text: 'incident critical "acp down"',
    api_app_id: 'A0OPS',
    is_enterprise_install: 'false',
  })
  assert.ok(url?.startsWith(`${rig.door.url}/response/`))
  assert.ok(trigger)
})

test('what is typed after a command is escaped, and names are ids, as should_escape wants it', async context => {
  const rig = await startRig(context)
  for (const [typed, sent] of [
    ['x <!channel> & more', 'x &lt;!channel&gt; &amp; more'],
    ['handoff ack @ben in #ops', 'handoff ack <@U0BEN|ben> in <#C0OPS|ops>'],
    ['mail a@ben.example, @nobody, #7', 'mail a@ben.example, @nobody, #7'],
  ] as const) {
    await say(rig.door, 'ana', `/ops ${typed}`, INCIDENTS)
    assert.equal(last(rig).form.get('text'), sent)
  }
})

test('the answer to a command is seen by that person only, or by all in the channel', async context => {
  const rig = await startRig(context)
  rig.app.answer(() => ({ body: 'only for you' }))
  await say(rig.door, 'ana', '/ops help', INCIDENTS)
  rig.app.answer(() => ({ body: { response_type: 'in_channel', text: 'for all' } }))
  await say(rig.door, 'ana', '/ops list', INCIDENTS)
  assert.deepEqual([await ephemeralsOf(rig, 'ana'), await ephemeralsOf(rig, 'ben')], [['only for you'], []])
  const { messages } = await rig.client.conversations.history({ channel: INCIDENTS })
  assert.deepEqual(
    messages?.map(({ text }) => text),
    ['for all'],
  )
})

test('a press is a signed interaction with the message, the action and who pressed', async context => {
  const rig = await startRig(context)
  const ts = await post(rig)
  await press(rig.door, 'ben', 'Approve')
  const { headers, body, payload } = last(rig)
  assert.equal(headers['x-slack-signature'], signatureOf(String(headers['x-slack-request-timestamp']), body))
  assert.deepEqual(
    [at(payload, 'type'), at(payload, 'user', 'id'), at(payload, 'user', 'team_id'), at(payload, 'team', 'id')],
    ['block_actions', 'U0BEN', 'T0SANDBOX', 'T0SANDBOX'],
  )
  assert.deepEqual(at(payload, 'container'), {
    type: 'message',
    message_ts: ts,
    channel_id: INCIDENTS,
    is_ephemeral: false,
  })
  assert.equal(at(payload, 'message', 'ts'), ts)
  const { action_ts: _, ...action } = at(payload, 'actions', 0) as Record<string, unknown>
  assert.deepEqual(action, {
    type: 'button',
    block_id: 'decide',
    action_id: 'ops:approval:approve:v1',
    text: { type: 'plain_text', text: 'Approve' },
    style: 'primary',
    value: 'v1',
  })
})

test('what asks to be confirmed is not sent without it', async context => {
  const rig = await startRig(context)
  await post(rig)
  const unconfirmed = await press(rig.door, 'ben', 'Deny', { confirm: false })
  assert.deepEqual([unconfirmed.word, rig.app.got.length], ['not_confirmed', 0])
  await press(rig.door, 'ben', 'Deny')
  assert.equal(at(last(rig).payload, 'actions', 0, 'action_id'), 'ops:approval:deny:v1')
})

test('a guest, a bot and a stranger press as what they are; who is not in the channel or gone cannot', async context => {
  const rig = await startRig(context)
  await post(rig)
  for (const [person, team] of [
    ['guest', 'T0SANDBOX'],
    ['otherbot', 'T0SANDBOX'],
    ['stranger', 'T0ELSEWHERE'],
  ] as const) {
    assert.equal((await press(rig.door, person, 'Approve')).ok, true)
    assert.equal(at(last(rig).payload, 'user', 'team_id'), team)
  }
  const ts = await post(rig, card(), 'C0OPS')
  assert.equal((await press(rig.door, 'guest', 'Approve', { channel: 'C0OPS', ts })).word, 'not_in_channel')
  await admin(rig.door, 'person', { id: 'U0CY', deleted: true })
  assert.equal((await press(rig.door, 'cy', 'Approve')).word, 'account_inactive')
  assert.equal(rig.app.got.length, 3)
})

test('a button that is gone can be pressed from an old screen, with its old value', async context => {
  const rig = await startRig(context)
  const ts = await post(rig)
  await rig.client.chat.update({ channel: INCIDENTS, ts, text: 'decided', blocks: [{ type: 'divider' }] })
  const action = 'ops:approval:approve:v1'
  assert.equal((await press(rig.door, 'ben', action, { channel: INCIDENTS, ts })).word, 'no_such_button')
  await press(rig.door, 'ben', action, { channel: INCIDENTS, ts, stale: 'an-old-value' })
  assert.equal(at(last(rig).payload, 'actions', 0, 'value'), 'an-old-value')
})

test('the app has three seconds, and an interaction is never sent again', async context => {
  const rig = await startRig(context)
  await post(rig)
  rig.app.answer(() => ({ after: 4500 }))
  const [command, pressed] = await Promise.all([
    say(rig.door, 'ana', '/ops slow', INCIDENTS),
    press(rig.door, 'ben', 'Approve'),
  ])
  assert.deepEqual([command.word, pressed.word], ['operation_timeout', 'operation_timeout'])
  assert.match(command.says, /\/ops failed with the error "operation_timeout"/)
  assert.ok(command.ms >= 2900, `${command.ms} ms`)
  assert.equal(rig.app.got.length, 2)
})

test('an app that answers 404, or not at all, is told to the person', async context => {
  const rig = await startRig(context)
  rig.app.answer(() => ({ status: 404 }))
  const seen = await say(rig.door, 'ana', '/ops x', INCIDENTS)
  assert.deepEqual([seen.ok, seen.word], [false, 'http_error'])
  assert.match(seen.says, /status code 404/)
  const nobody = await startRig(context, { ingress: 'http://127.0.0.1:1/slack/events' })
  assert.equal((await say(nobody.door, 'ana', '/ops x', INCIDENTS)).word, 'dispatch_failed')
})

test('a modal: opened by a trigger, checked by the client, answered with errors, then closed', async context => {
  const rig = await startRig(context)
  opensModal(rig)
  const opened = await say(rig.door, 'ana', '/ops incident', INCIDENTS)
  assert.equal(at(opened.screen.modal, 'given', 'callback_id'), 'ops:modal:declare:v1')

  const incomplete = await submit(rig.door, 'ana', { title: 'acp down' })
  assert.deepEqual([incomplete.word, rig.app.got.length], ['incomplete', 1])
  rig.app.answer(() => ({ body: { response_action: 'errors', errors: { title: 'There is one already.' } } }))
  const refused = await submit(rig.door, 'ana', { severity: 'critical' })
  assert.deepEqual([refused.word, at(refused.screen.modal, 'errors', 'title')], ['errors', 'There is one already.'])
  assert.deepEqual(at(last(rig).payload, 'view', 'state', 'values'), {
    title: { title: { type: 'plain_text_input', value: 'acp down' } },
    severity: {
      severity: { type: 'static_select', selected_option: { text: plain('critical'), value: 'critical' } },
    },
    note: { note: { type: 'plain_text_input', value: null } },
  })
  assert.equal(at(last(rig).payload, 'view', 'private_metadata'), '{"v":1}')

  rig.app.answer(() => ({}))
  const closed = await submit(rig.door, 'ana', { title: 'acp down in alpha' })
  assert.deepEqual([closed.ok, closed.screen.modal], [true, null])
})

test('a submitted modal can be replaced, get another one on top, or clear them all', async context => {
  const rig = await startRig(context)
  opensModal(rig, modal({ blocks: [], submit: plain('Next') }))
  await say(rig.door, 'ana', '/ops incident', INCIDENTS)
  const next = (response_action: string, title: string) => ({
    body: { response_action, view: modal({ blocks: [], title: plain(title) }) },
  })
  const titleOf = async () => at((await submit(rig.door, 'ana', {})).screen.modal, 'given', 'title', 'text')
  rig.app.answer(() => next('update', 'second'))
  assert.equal(await titleOf(), 'second')
  rig.app.answer(() => next('push', 'third'))
  assert.equal(await titleOf(), 'third')
  rig.app.answer(() => ({}))
  assert.equal(await titleOf(), 'second')
  rig.app.answer(() => next('push', 'fourth'))
  await submit(rig.door, 'ana', {})
  rig.app.answer(() => ({ body: { response_action: 'clear' } }))
  assert.equal(await titleOf(), undefined)
  opensModal(rig)
  await say(rig.door, 'ana', '/ops incident', INCIDENTS)
  rig.app.answer(() => ({ status: 500 }))
  const broken = await submit(rig.door, 'ana', { title: 'x', severity: 'high' })
  assert.match(String(at(broken.screen.modal, 'errors', '')), /trouble connecting/)
})

test('a trigger opens one modal, once, within three seconds', async context => {
  let now = 1_700_000_000_000
  const rig = await startRig(context, { now: () => now })
  await say(rig.door, 'ana', '/ops incident', INCIDENTS)
  const open = (got: Got) => rig.client.apiCall('views.open', { trigger_id: got.form.get('trigger_id'), view: modal() })
  now += 2999
  await open(last(rig))
  await assert.rejects(open(last(rig)), /exchanged_trigger_id/)
  await say(rig.door, 'ana', '/ops incident', INCIDENTS)
  now += 3001
  await assert.rejects(open(last(rig)), /expired_trigger_id/)
})

test('views: wrong ones are refused with a pointer, and an old hash conflicts', async context => {
  const rig = await startRig(context)
  opensModal(rig)
  const { screen: seen } = await say(rig.door, 'ana', '/ops incident', INCIDENTS)
  const view = modal({ title: plain('A title that is too long for it') })
  const update = (more: object) =>
    rig.client.apiCall('views.update', { view_id: seen.modal?.id, view: modal(), ...more })
  const error: unknown = await update({ view }).catch(reason => reason)
  assert.deepEqual(at(error, 'data', 'response_metadata', 'messages'), [
    '[ERROR] must be less than 25 characters [json-pointer:/view/title/text]',
  ])
  await update({ hash: seen.modal?.hash })
  await assert.rejects(update({ hash: seen.modal?.hash }), /hash_conflict/)
})

test('response_url: five answers in thirty minutes; it edits and deletes what was pressed', async context => {
  let now = 1_700_000_000_000
  const rig = await startRig(context, { now: () => now })
  const ts = await post(rig)
  await press(rig.door, 'ben', 'Approve')
  const url = String(at(last(rig).payload, 'response_url'))
  const respond = async (body: object) => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
    return [response.status, await response.text()]
  }
  assert.deepEqual(await respond({ text: 'not you' }), [200, 'ok'])
  assert.deepEqual(await ephemeralsOf(rig, 'ben'), ['not you'])
  await respond({ text: 'decided', replace_original: true })
  assert.equal(rig.standIn.workspace.message(INCIDENTS, ts)?.text, 'decided')
  await respond({ response_type: 'in_channel', text: 'loud' })
  await respond({ delete_original: true })
  assert.equal(rig.standIn.workspace.message(INCIDENTS, ts), undefined)
  await respond({ text: 'fifth' })
  assert.deepEqual(await respond({ text: 'sixth' }), [404, '{"ok":false,"error":"used_url"}'])
  await say(rig.door, 'ana', '/ops', INCIDENTS)
  now += 30 * 60_000 + 1
  const late = await fetch(last(rig).form.get('response_url') ?? '', { method: 'POST', body: '{"text":"x"}' })
  assert.deepEqual([late.status, await late.json()], [404, { ok: false, error: 'expired_url' }])
})

test('a button on an ephemeral message is pressed without a message in the payload', async context => {
  const rig = await startRig(context)
  await rig.client.chat.postEphemeral({ channel: INCIDENTS, user: 'U0ANA', text: 'menu', blocks: [...card()] })
  assert.equal((await press(rig.door, 'ben', 'Approve')).word, 'no_such_button')
  await press(rig.door, 'ana', 'Approve')
  const { payload } = last(rig)
  assert.deepEqual([at(payload, 'container', 'is_ephemeral'), at(payload, 'message')], [true, undefined])
})

test('events are tried again with a number until they are answered', async context => {
  const rig = await startRig(context)
  let count = 0
  rig.app.answer(() => ({ status: ++count < 3 ? 500 : 200 }))
  await admin(rig.door, 'event', { event: { type: 'team_join' }, pauses: [1, 1, 1] })
  const numbers = rig.app.got.map(({ headers }) => headers['x-slack-retry-num'])
  assert.deepEqual(numbers, [undefined, '1', '2'])
  const ids = new Set(rig.app.got.map(({ payload }) => at(payload, 'event_id')))
  assert.equal(ids.size, 1)
})

test('the home: opening it is an event, what the app publishes is seen and pressed', async context => {
  const rig = await startRig(context)
  const view = { type: 'home', blocks: [{ type: 'actions', elements: [button('ops:home:declare:v1', 'Declare')] }] }
  rig.app.answer(async ({ payload }) => {
    const user_id = at(payload, 'event', 'user')
    if (user_id !== undefined) await rig.client.apiCall('views.publish', { user_id, view })
    return {}
  })
  await admin(rig.door, 'home', { person: 'ana' })
  assert.equal(at(last(rig).payload, 'event', 'type'), 'app_home_opened')
  await press(rig.door, 'ana', 'Declare')
  const { payload } = last(rig)
  assert.deepEqual([at(payload, 'container', 'type'), at(payload, 'view', 'type')], ['view', 'home'])
})

test('shortcuts carry a trigger, and the message on which they were used', async context => {
  const rig = await startRig(context)
  const ts = await post(rig)
  await admin(rig.door, 'shortcut', { person: 'ana', callbackId: 'ops:start' })
  assert.deepEqual([at(last(rig).payload, 'type'), at(last(rig).payload, 'callback_id')], ['shortcut', 'ops:start'])
  await admin(rig.door, 'shortcut', { person: 'ana', callbackId: 'ops:note', channel: INCIDENTS, ts })
  assert.deepEqual([at(last(rig).payload, 'type'), at(last(rig).payload, 'message', 'ts')], ['message_action', ts])
})

test('what is said without a slash is a message; a command in a thread is not sent', async context => {
  const rig = await startRig(context)
  const { ts = '' } = await rig.client.chat.postMessage({ channel: INCIDENTS, text: 'root' })
  await say(rig.door, 'ana', 'looking <!channel> & so', INCIDENTS)
  const inThread = await admin(rig.door, 'say', { person: 'ana', text: '/ops x', channel: INCIDENTS, threadTs: ts })
  assert.equal(at(inThread, 'word'), 'not_in_threads')
  assert.deepEqual(rig.app.got, [])
  const { messages } = await rig.client.conversations.history({ channel: INCIDENTS })
  assert.equal(messages?.[0]?.text, 'looking &lt;!channel&gt; &amp; so')
})

test('a person at a terminal reads what happened', async context => {
  const rig = await startRig(context)
  opensModal(rig)
  const opened = await typed(rig.door, 'ana', '/ops incident')
  assert.equal(opened, '[Declare an incident] waits for: submit title=… severity=… note=…')
  rig.app.answer(async () => {
    await post(rig)
    return {}
  })
  assert.equal(
    await typed(rig.door, 'ana', 'submit title="acp down" severity=high'),
    '#incidents: card [Approve] [Deny]',
  )
  assert.equal(at(last(rig).payload, 'view', 'state', 'values', 'title', 'title', 'value'), 'acp down')
  rig.app.answer(() => ({ status: 500 }))
  assert.equal(await typed(rig.door, 'ben', 'press approve'), 'This app responded with status code 500.')
  assert.equal(inWords(await screen(rig.door, 'dee')), '#incidents: card [Approve] [Deny]')
})

test('the door is closed without the token, and says what it does not understand', async context => {
  const rig = await startRig(context)
  const bare = await fetch(`${rig.door.url}/admin/state`, { method: 'POST' })
  assert.equal(bare.status, 401)
  await assert.rejects(admin(rig.door, 'explode'), /there is no verb 'explode'; there are: say, press/)
  await assert.rejects(say(rig.door, 'zoe', 'hello'), /there is nobody called 'zoe'/)
  await assert.rejects(admin(rig.door, 'fault', { fault: { kind: 'delay' } }), /ms/)
})
