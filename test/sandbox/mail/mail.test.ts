/** The sandbox's mail server and pager, spoken to with a real client. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import nodemailer from 'nodemailer'
import { createPager } from '../../../activities/adapters/pager.ts'
import type { Arrived } from '../../../sandbox/mail/mailbox.ts'
import { type RunningMail, startMail } from '../../../sandbox/mail/server.ts'
import { readSettings } from '../../../sandbox/mail/settings.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const ROUTING_KEY = 'r'.repeat(32)
const FREE = { host: '127.0.0.1', port: 0 }

async function start(context: TestContext, folder?: string): Promise<RunningMail> {
  const mail = await startMail({ smtp: FREE, http: FREE, folder: folder ?? (await temporaryFolder(context)) })
  context.after(() => mail.close())
  return mail
}

async function arrived({ http }: RunningMail): Promise<readonly Arrived[]> {
  return (await (await fetch(`${http}/messages`)).json()) as readonly Arrived[]
}

async function page(
  { http }: RunningMail,
  body: unknown,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${http}/pager`, { method: 'POST', body: text })
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
}

test('a mail is kept as it came, with its envelope, and outlives a restart', async context => {
  const folder = await temporaryFolder(context)
  const first = await start(context, folder)
  const transport = nodemailer.createTransport(first.smtp)
  await transport.sendMail({
    from: 'ops@example.test',
    to: ['ana@example.test', 'ben@example.test'],
    bcc: 'hidden@example.test',
    subject: 'INC-7: größer als erwartet',
    text: 'line one\n.\nline three — done',
    messageId: '<inc-7.1@example.test>',
  })
  const expected = {
    kind: 'mail',
    from: 'ops@example.test',
    to: ['ana@example.test', 'ben@example.test', 'hidden@example.test'],
    subject: 'INC-7: größer als erwartet',
    text: 'line one\n.\nline three — done',
    messageId: '<inc-7.1@example.test>',
  }
  const [mail] = await arrived(first)
  assert.deepEqual({ ...mail, at: '' }, { ...expected, at: '' })
  assert.deepEqual(await readdir(folder), ['000001.eml'])
  await first.close()

  const second = await start(context, folder)
  await nodemailer
    .createTransport(second.smtp)
    .sendMail({ from: 'a@b.test', to: 'c@d.test', subject: 'two', text: '2' })
  const subjects = (await arrived(second)).map(one => (one.kind === 'mail' ? one.subject : ''))
  assert.deepEqual(subjects, ['INC-7: größer als erwartet', 'two'])
})

test('a mail that is too large is refused and not kept', async context => {
  const mail = await start(context)
  const send = nodemailer.createTransport(mail.smtp).sendMail({
    from: 'a@b.test',
    to: 'c@d.test',
    subject: 'big',
    text: 'x'.repeat(11 * 1024 * 1024),
  })
  await assert.rejects(send, /552/)
  assert.deepEqual(await arrived(mail), [])
})

test('an event of the pager is taken, kept and answered with its key', async context => {
  const mail = await start(context)
  const event = {
    routing_key: ROUTING_KEY,
    event_action: 'trigger',
    dedup_key: 'INC-7/page/1',
    payload: { summary: 'acp down', source: 'alpha', severity: 'critical' },
  }
  assert.deepEqual(await page(mail, event), {
    status: 202,
    answer: { status: 'success', message: 'Event processed', dedup_key: 'INC-7/page/1' },
  })
  const { answer } = await page(mail, { ...event, dedup_key: undefined })
  assert.match(String(answer.dedup_key), /^[0-9a-f]{32}$/)
  const resolve = { routing_key: ROUTING_KEY, event_action: 'resolve', dedup_key: 'INC-7/page/1' }
  assert.equal((await page(mail, resolve)).status, 202)
  const kept = await arrived(mail)
  assert.deepEqual(
    kept.map(one => one.kind === 'page' && [one.dedupKey, one.event.event_action]),
    [
      ['INC-7/page/1', 'trigger'],
      [answer.dedup_key, 'trigger'],
      ['INC-7/page/1', 'resolve'],
    ],
  )
})

test('what the pager adapter sends is taken, and is no more than what the service asks for', async context => {
  const mail = await start(context)
  const pager = createPager({ url: `${mail.http}/pager`, routingKey: 'a1'.repeat(24) })
  const key = `incident:opencode-acp/${'x'.repeat(400)}/ana`
  // As a page does it: the end of an alarm that may not be there comes first.
  await pager.resolve(key)
  await pager.trigger({ key, summary: 's'.repeat(2_000), severity: 'warning', details: { text: 'acp\ndown' } })
  await pager.resolve(key)
  const kept = await arrived(mail)
  const events = kept.flatMap(one => (one.kind === 'page' ? [one] : []))
  assert.deepEqual(
    events.map(({ event }) => event.event_action),
    ['resolve', 'trigger', 'resolve'],
  )
  assert.equal(new Set(events.map(({ dedupKey }) => dedupKey)).size, 1)
  assert.deepEqual(Object.keys(events[0]?.event ?? {}), ['routing_key', 'event_action', 'dedup_key'])
})

for (const [name, changes] of [
  ['a time without a colon in its zone', { timestamp: '2015-07-17T08:42:58.315+0000' }],
  ['a day as time', { timestamp: '2015-07-17' }],
  ['all details', { component: 'acp', group: 'prod', class: 'down', custom_details: { free: { form: [1] } } }],
] as const)
  test(`the pager takes ${name}`, async context => {
    const payload = { summary: 's', source: 's', severity: 'info', ...changes }
    const images = [{ src: 'https://example.test/a.png', alt: 'a' }]
    const event = { routing_key: ROUTING_KEY, event_action: 'trigger', payload, images }
    assert.equal((await page(await start(context), event)).status, 202)
  })

test('an end with a payload is an end all the same', async context => {
  const payload = { summary: 's', source: 's', severity: 'info' }
  const event = { routing_key: ROUTING_KEY, event_action: 'resolve', dedup_key: 'k', payload }
  assert.equal((await page(await start(context), event)).status, 202)
})

for (const [name, body, wrong] of [
  [
    'a time that is none',
    {
      routing_key: ROUTING_KEY,
      event_action: 'trigger',
      payload: { summary: 's', source: 's', severity: 'info', timestamp: 'soon' },
    },
    /timestamp/,
  ],
  [
    'no routing key',
    { event_action: 'trigger', payload: { summary: 's', source: 's', severity: 'info' } },
    /routing_key/,
  ],
  [
    'an unknown severity',
    { routing_key: ROUTING_KEY, event_action: 'trigger', payload: { summary: 's', source: 's', severity: 'bad' } },
    /severity/,
  ],
  [
    'a long summary',
    {
      routing_key: ROUTING_KEY,
      event_action: 'trigger',
      payload: { summary: 's'.repeat(1025), source: 's', severity: 'info' },
    },
    /summary/,
  ],
  ['an end without its key', { routing_key: ROUTING_KEY, event_action: 'resolve' }, /dedup_key/],
  ['no JSON', '{', /expected object/],
] as const)
  test(`the pager refuses ${name}`, async context => {
    const mail = await start(context)
    const { status, answer } = await page(mail, body)
    assert.equal(status, 400)
    assert.match(String(answer.errors), wrong)
    assert.deepEqual(await arrived(mail), [])
  })

test('an event above half a megabyte is refused', async context => {
  const mail = await start(context)
  assert.equal((await page(mail, JSON.stringify({ pad: 'x'.repeat(600_000) }))).status, 413)
})

test('it listens only on loopback or on an estate', () => {
  const environment = { OPS_MAIL_SMTP: '0.0.0.0:2525', OPS_MAIL_HTTP: '10.99.4.1:9602', OPS_MAIL_STATE: '/var/tmp/m' }
  assert.throws(() => readSettings(environment), /OPS_MAIL_SMTP: has to be loopback/)
  assert.equal(readSettings({ ...environment, OPS_MAIL_SMTP: '10.99.4.1:2525' }).smtp.port, 2525)
})
