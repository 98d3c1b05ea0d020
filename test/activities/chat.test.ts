/** Cards, posts, pages and mail through their activities, with a Slack, an SMTP server and a pager service that really answer. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { createMailer } from '../../activities/adapters/mail.ts'
import { createPager } from '../../activities/adapters/pager.ts'
import { isTrouble } from '../../activities/adapters/slack.errors.ts'
import { createSlackPace } from '../../activities/adapters/slack.pace.ts'
import { createSlack } from '../../activities/adapters/slack.ts'
import { createChatActivities } from '../../activities/chat.ts'
import { type ChatPorts, NOWHERE } from '../../activities/chat-ports.ts'
import type { PageOrder } from '../../activities/incident-response.ts'
import { OpsError } from '../../domain/failures.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import type { Team } from '../../domain/team/team.ts'
import { gate, incident, person, team } from '../domain/chat/samples.ts'
import { type FaultySlack, type PostedMessage, startFaultySlack } from '../support/faulty-slack.ts'

const INCIDENTS = 'C0INCIDENTS'
const OPS = 'C0OPS'
const WORKFLOW = 'incident:opencode-acp/handshake'
const CARD = { kind: 'incident', workflowId: WORKFLOW } as const

interface World {
  attempt: number
  incident: Incident | null
  /** Null while the estate file is broken. */
  team: Team | null
}

const BROKEN = {
  owner: 'configuration',
  message: 'estate file x has one problem\n  line 3: y',
  hint: 'Correct it.',
} as const

async function rig(context: TestContext, ports: Partial<ChatPorts> = {}, known: Team | null = team) {
  const server = await startFaultySlack(context)
  const world: World = { attempt: 1, incident: incident(), team: known }
  const reports: string[] = []
  const slack = createSlack({
    token: 'xoxb-0123456789-secret',
    apiUrl: server.url,
    pace: createSlackPace(),
    report: line => assert.fail(line),
    timeoutMs: 500,
    settleMs: 300,
  })
  const activities = createChatActivities({
    slack,
    mailer: null,
    pager: null,
    async readTeam() {
      if (world.team === null) throw new OpsError(BROKEN)
      return world.team
    },
    report: line => reports.push(line),
    readIncident: async () => world.incident,
    readGate: async () => gate(),
    readFreeze: async () => null,
    attempt: () => world.attempt,
    ...ports,
  })
  return { server, world, reports, ...activities }
}

const headers = (messages: readonly PostedMessage[]) =>
  messages.map(({ blocks }) => String((blocks[0]?.text as { text?: string } | undefined)?.text))

describe('showCard', () => {
  it('posts once, edits from then on, and shows what is true when it is sent', async context => {
    const { server, world, showCard } = await rig(context)
    const place = await showCard({ subject: CARD, place: null, thread: null })
    world.incident = incident({ status: 'identified' })
    assert.deepEqual(await showCard({ subject: CARD, place, thread: null }), place)
    assert.deepEqual(headers(server.messages(INCIDENTS)), ['CRITICAL INC-42 acp down — IDENTIFIED'])
  })

  it('finds the card that an earlier call has posted, whoever that was', async context => {
    const { server, world, showCard } = await rig(context)
    server.fail('chat.postMessage', { kind: 'reset-after' })
    await assert.rejects(showCard({ subject: CARD, place: null, thread: null }), error => isTrouble(error, 'ambiguous'))
    world.attempt = 2
    await showCard({ subject: CARD, place: null, thread: null })
    world.attempt = 1
    await showCard({ subject: CARD, place: null, thread: null })
    assert.equal(server.messages(INCIDENTS).length, 1)
  })

  for (const code of ['token_revoked', 'invalid_auth', 'missing_scope']) {
    it(`${code} is for people to repair: whoever is patient is told to come back, and then it is drawn`, async context => {
      const { server, world, showCard } = await rig(context)
      const place = await showCard({ subject: CARD, place: null, thread: null })
      world.incident = incident({ status: 'identified' })
      const request = { subject: CARD, place, thread: null }
      server.fail('chat.update', { kind: 'error', code }, { kind: 'error', code })
      await assert.rejects(showCard(request), error => isTrouble(error, 'workspace'))
      await assert.rejects(
        showCard({ ...request, patient: true }),
        error => error instanceof OpsError && error.owner === 'tool' && error.retryAfterMs === 300_000,
      )
      assert.deepEqual(await showCard({ ...request, patient: true }), place)
      assert.deepEqual(headers(server.messages(INCIDENTS)), ['CRITICAL INC-42 acp down — IDENTIFIED'])
    })
  }

  it('what is left of a run that is over is asked of that run', async context => {
    const asked: (string | undefined)[] = []
    const { showCard } = await rig(context, {
      readIncident: async (_id, runId) => {
        asked.push(runId)
        return incident()
      },
      readGate: async (_id, _approval, runId) => {
        asked.push(runId)
        return gate()
      },
    })
    await showCard({ subject: { ...CARD, runId: 'run-1' }, place: null, thread: null })
    const approval = { kind: 'approval', workflowId: WORKFLOW, approvalId: 'APR-1', runId: 'run-2' } as const
    await showCard({ subject: approval, place: null, thread: null })
    assert.deepEqual([...new Set(asked)], ['run-1', 'run-2'])
  })

  it('another incident of the same cause gets a card of its own', async context => {
    const { server, world, showCard } = await rig(context)
    await showCard({ subject: CARD, place: null, thread: null })
    world.incident = incident({ key: 'run-2', number: 43 })
    await showCard({ subject: CARD, place: null, thread: null })
    assert.equal(server.messages(INCIDENTS).length, 2)
  })

  it('a card that was deleted is posted anew, once', async context => {
    const { server, world, showCard } = await rig(context)
    const place = await showCard({ subject: CARD, place: null, thread: null })
    server.remove(INCIDENTS, place.ts)
    const anew = await showCard({ subject: CARD, place, thread: null })
    world.attempt = 2
    assert.deepEqual(await showCard({ subject: CARD, place, thread: null }), anew)
    assert.notEqual(anew.ts, place.ts)
    assert.equal(server.messages(INCIDENTS).length, 1)
  })

  for (const code of ['is_archived', 'not_in_channel', 'channel_not_found']) {
    it(`goes to the channel of operations when its own says ${code}`, async context => {
      const { server, showCard } = await rig(context)
      server.close(INCIDENTS, code)
      const place = await showCard({ subject: CARD, place: null, thread: null })
      assert.equal(place.channel, OPS)
      assert.deepEqual(await showCard({ subject: CARD, place, thread: null }), place)
    })
  }

  it('a decision of an incident is shown below its card, and elsewhere when that is gone', async context => {
    const { server, showCard } = await rig(context)
    const subject = { kind: 'approval', workflowId: 'change:alpha', approvalId: 'apr-1' } as const
    server.fail('chat.postMessage', { kind: 'error', code: 'thread_not_found' })
    const place = await showCard({ subject, place: null, thread: '1700000000.000001' })
    assert.equal(place.channel, INCIDENTS)
    assert.deepEqual(
      server.messages(INCIDENTS).map(({ thread }) => thread),
      [null],
    )
  })

  it('is nowhere without Slack, and comes when Slack comes', async context => {
    const without = await rig(context, { slack: null })
    assert.deepEqual(await without.showCard({ subject: CARD, place: null, thread: null }), NOWHERE)
    const { server, showCard } = await rig(context)
    const place = await showCard({ subject: CARD, place: NOWHERE, thread: NOWHERE.ts })
    assert.equal(place.channel, INCIDENTS)
    assert.equal(server.messages(INCIDENTS).length, 1)
  })

  it('waits for an incident that cannot be drawn yet, and edits nothing', async context => {
    const { server, world, showCard } = await rig(context)
    world.incident = null
    const isLater = (error: unknown) => error instanceof OpsError && error.owner === 'tool'
    await assert.rejects(showCard({ subject: CARD, place: null, thread: null }), isLater)
    assert.deepEqual(server.calls, [])
  })
})

describe('post', () => {
  const message = { text: 'look', blocks: [] }

  it('once despite a lost answer, in its thread', async context => {
    const { server, world, post } = await rig(context)
    const card = await post({ key: 'card', channel: INCIDENTS, thread: null, message })
    const order = { key: 'note/1', channel: INCIDENTS, thread: card.ts, message }
    server.fail('chat.postMessage', { kind: 'reset-after' })
    await assert.rejects(post(order))
    world.attempt = 2
    const place = await post(order)
    const replies = server.messages(INCIDENTS).filter(({ thread }) => thread === card.ts)
    assert.deepEqual(
      replies.map(({ ts }) => ts),
      [place.ts],
    )
  })

  it('once when the next run takes it up, and the answer to the run before was lost', async context => {
    const { server, post } = await rig(context)
    const order = { key: 'note/1', channel: INCIDENTS, thread: null, message }
    server.fail('chat.postMessage', { kind: 'reset-after' })
    await assert.rejects(post(order))
    await post({ ...order, again: true })
    assert.equal(server.messages(INCIDENTS).length, 1)
  })

  it('to a person, in the conversation with them', async context => {
    const { server, post } = await rig(context)
    await post({ key: 'tell/1', channel: 'U0ANA', thread: null, message })
    assert.equal(server.messages('DU0ANA').length, 1)
  })

  it('what is for one person is told to nobody else', async context => {
    const { server, post } = await rig(context)
    server.close('DU0ANA', 'channel_not_found')
    await assert.rejects(post({ key: 'tell/1', channel: 'U0ANA', thread: null, message }))
    assert.deepEqual(server.messages(OPS), [])
  })

  it('whoever is called to hands sees it in the channel as well', async context => {
    const { server, post } = await rig(context)
    await post({ key: 'a', channel: INCIDENTS, thread: '1.1', message: { text: '<!here> all', blocks: [] } })
    await post({ key: 'b', channel: INCIDENTS, thread: '1.1', message })
    assert.deepEqual(
      server.messages(INCIDENTS).map(({ isBroadcast }) => isBroadcast),
      [true, false],
    )
  })

  it('is nowhere without Slack', async context => {
    const { post } = await rig(context, { slack: null })
    assert.deepEqual(await post({ key: 'a', channel: INCIDENTS, thread: null, message }), NOWHERE)
  })
})

const ORDER: PageOrder = {
  key: 'page/1',
  person: person('ana'),
  incident: 'INC-42',
  workflowId: WORKFLOW,
  title: 'acp down',
  text: 'Critical since 13:50.',
}

async function otherChannels(context: TestContext, pagerStatus = 202) {
  const mails: string[] = []
  const smtp = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, { envelope }, done) {
      mails.push(...envelope.rcptTo.map(({ address }) => address))
      stream.resume().on('end', done)
    },
  })
  const events: { event_action: string; dedup_key: string; payload?: { severity: string } }[] = []
  const service = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    events.push(JSON.parse(body))
    response.writeHead(pagerStatus).end()
  })
  for (const server of [smtp, service]) await new Promise<void>(done => void server.listen(0, '127.0.0.1', done))
  context.after(() => {
    smtp.close()
    service.closeAllConnections()
    service.close()
  })
  const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port
  return {
    mails,
    events,
    mailer: createMailer({ url: `smtp://127.0.0.1:${port(smtp.server)}`, from: 'ops@example.org' }),
    pager: createPager({ url: `http://127.0.0.1:${port(service)}`, routingKey: 'k' }),
  }
}

describe('page', () => {
  it('rings in Slack, once despite a lost answer', async context => {
    const { server, world, page } = await rig(context)
    server.fail('chat.postMessage', { kind: 'reset-after' })
    await assert.rejects(page(ORDER), error => isTrouble(error, 'ambiguous'))
    world.attempt = 2
    assert.deepEqual(await page(ORDER), { delivered: 'slack', failed: [], phone: '+49 1' })
    assert.equal(server.messages('DU0ANA').length, 1)
  })

  it('rings once when the next run takes it up, and nobody knows what the run before has done', async context => {
    const { server, page } = await rig(context)
    server.fail('chat.postMessage', { kind: 'reset-after' })
    await assert.rejects(page(ORDER))
    assert.equal((await page({ ...ORDER, again: true })).delivered, 'slack')
    assert.equal(server.messages('DU0ANA').length, 1)
  })

  it('an alarm that a run before may have begun is not ended first', async context => {
    const { pager, events } = await otherChannels(context)
    const { page } = await rig(context, { slack: null, pager })
    await page(ORDER)
    await page({ ...ORDER, again: true })
    assert.deepEqual(
      events.map(({ event_action }) => event_action),
      ['resolve', 'trigger', 'trigger'],
    )
  })

  it('an alarm is as loud as its incident is bad, and a test is only information', async context => {
    const { pager, events } = await otherChannels(context)
    const { page } = await rig(context, { slack: null, pager })
    for (const severity of ['critical', 'high', 'medium', 'low', 'test'] as const) await page({ ...ORDER, severity })
    await page(ORDER)
    assert.deepEqual(
      events.flatMap(({ payload }) => (payload === undefined ? [] : [payload.severity])),
      ['critical', 'error', 'warning', 'warning', 'info', 'critical'],
    )
  })

  it('takes the next channel at once, and says why', async context => {
    const { mailer, pager, mails } = await otherChannels(context)
    const { server, page } = await rig(context, { mailer, pager })
    server.fail('conversations.open', { kind: 'error', code: 'user_disabled' })
    const failed = [{ channel: 'slack', why: 'conversations.open: slack says user_disabled' }]
    assert.deepEqual(await page(ORDER), { delivered: 'mail', failed, phone: '+49 1' })
    assert.deepEqual(mails, ['ana@example.org'])
  })

  it('does not wait for a Slack that is down', async context => {
    const { mailer, mails } = await otherChannels(context)
    const { server, page } = await rig(context, { mailer })
    server.fail('conversations.open', { kind: 'hang-before' })
    assert.equal((await page(ORDER)).delivered, 'mail')
    assert.equal(mails.length, 1)
  })

  it('reaches whoever has neither Slack nor mail by the pager, and a second try rings no second time', async context => {
    const { mailer, pager, events } = await otherChannels(context)
    const { world, page } = await rig(context, { mailer, pager })
    world.team = { ...team, people: [{ id: person('ana'), name: 'Ana', email: null, phone: null, slackUsers: [] }] }
    const failed = [
      { channel: 'slack', why: 'no Slack account is known' },
      { channel: 'mail', why: 'no mail address is known' },
    ]
    assert.deepEqual(await page(ORDER), { delivered: 'webhook', failed, phone: null })
    world.attempt = 2
    await page(ORDER)
    assert.deepEqual(
      events.map(({ event_action }) => event_action),
      ['resolve', 'trigger', 'trigger'],
    )
    assert.equal(new Set(events.map(({ dedup_key }) => dedup_key)).size, 1)
  })

  it('says whom to call when nothing gets through', async context => {
    const { page } = await rig(context, { slack: null })
    const failed = ['slack', 'mail', 'webhook'].map(channel => ({ channel, why: 'not configured' }))
    assert.deepEqual(await page(ORDER), { delivered: null, failed, phone: '+49 1' })
  })

  it('tries again what may pass, and not for ever', async context => {
    const { pager } = await otherChannels(context, 503)
    const { world, page } = await rig(context, { slack: null, pager })
    await assert.rejects(page(ORDER), /HTTP 503/)
    world.attempt = 3
    const { delivered, phone } = await page(ORDER)
    assert.deepEqual([delivered, phone], [null, '+49 1'])
  })

  it('knows only people of the team', async context => {
    const { page } = await rig(context)
    const { delivered, failed } = await page({ ...ORDER, person: person('mallory') })
    assert.deepEqual([delivered, failed.length], [null, 1])
  })
})

describe('quietPages', () => {
  const buttons = (server: FaultySlack, channel: string) =>
    server.messages(channel).map(({ blocks }) => blocks.some(({ type }) => type === 'actions'))

  it('takes the button from every page of this incident, and from no other', async context => {
    const { pager, events } = await otherChannels(context)
    const { server, page, quietPages } = await rig(context, { pager })
    await page(ORDER)
    await page({ ...ORDER, key: 'page/2', person: person('ben') })
    await page({ ...ORDER, key: 'page/3', workflowId: 'incident:other' })
    await quietPages({ workflowId: WORKFLOW, text: 'Ben has it.' })
    assert.deepEqual(buttons(server, 'DU0ANA'), [false, true])
    assert.deepEqual(buttons(server, 'DU0BEN'), [false])
    assert.match(server.messages('DU0BEN')[0]?.text ?? '', /Ben has it/)
    assert.equal(events.filter(({ event_action }) => event_action === 'resolve').length, team.people.length)
  })

  it('of one person only, when the others are to be rung on', async context => {
    const { server, page, quietPages } = await rig(context)
    await page(ORDER)
    await page({ ...ORDER, key: 'page/2', person: person('ben') })
    await quietPages({
      workflowId: WORKFLOW,
      text: 'Ana has it.',
      people: team.people.filter(({ id }) => id === 'ben'),
    })
    assert.deepEqual([...buttons(server, 'DU0ANA'), ...buttons(server, 'DU0BEN')], [true, false])
  })

  it('looks for nothing where nobody was rung', async context => {
    const { pager, events } = await otherChannels(context)
    const { server, quietPages } = await rig(context, { pager })
    await quietPages({ workflowId: WORKFLOW, text: 'Ana has it.', people: [] })
    assert.deepEqual([server.calls, events], [[], []])
  })

  it('goes on with the others when one cannot be reached, and the second try finishes without repeating', async context => {
    const { server, world, page, quietPages } = await rig(context)
    await page(ORDER)
    await page({ ...ORDER, key: 'page/2', person: person('ben') })
    server.fail('conversations.history', { kind: 'status', status: 500 })
    await assert.rejects(quietPages({ workflowId: WORKFLOW, text: 'Ben has it.' }))
    assert.equal([...buttons(server, 'DU0ANA'), ...buttons(server, 'DU0BEN')].filter(Boolean).length, 1)
    world.attempt = 2
    await quietPages({ workflowId: WORKFLOW, text: 'Ben has it.' })
    assert.deepEqual([...buttons(server, 'DU0ANA'), ...buttons(server, 'DU0BEN')], [false, false])
    assert.equal(server.calls.filter(({ method }) => method === 'chat.update').length, 2)
  })
})

describe('while the estate file is broken', () => {
  const isLater = (error: unknown) => error instanceof OpsError && error.owner === 'tool'
  const REMARK = { channel: 'people', why: 'as known before, because estate file x has one problem' }
  const [ana, ben] = team.people
  assert.ok(ana !== undefined && ben !== undefined)
  const KNOWN = { person: ana, pageBy: ['mail', 'slack'] } as const

  it('people are rung as the asking run knows them, also by a worker that knows nobody, and it is said', async context => {
    const { mailer, mails } = await otherChannels(context)
    const { server, page, quietPages } = await rig(context, { mailer }, null)
    const byMail = await page({ ...ORDER, known: KNOWN })
    assert.deepEqual(byMail, { delivered: 'mail', failed: [REMARK], phone: '+49 1' })
    assert.deepEqual(mails, ['ana@example.org'])
    const known = { person: ben, pageBy: ['slack'] } as const
    assert.equal((await page({ ...ORDER, key: 'page/2', person: person('ben'), known })).delivered, 'slack')
    await quietPages({ workflowId: WORKFLOW, text: 'Ana has it.', people: team.people })
    assert.match(server.messages('DU0BEN')[0]?.text ?? '', /Ana has it/)
  })

  it('a page of somebody else goes to people as this worker knew them last; nobody known is said at once', async context => {
    const { world, page, reports } = await rig(context)
    world.team = null
    assert.deepEqual(await page(ORDER), { delivered: 'slack', failed: [REMARK], phone: '+49 1' })
    await page({ ...ORDER, key: 'page/2' })
    assert.deepEqual(reports, ['estate file x has one problem; people are those known before'])
    const without = await rig(context, {}, null)
    await assert.rejects(without.page(ORDER), error => error instanceof OpsError && error.owner === 'configuration')
    assert.deepEqual(without.reports, ['estate file x has one problem; nobody is known'])
  })

  it('a worker that is started meanwhile rings and posts as the one before it knew people', async context => {
    const readKeptTeam = async () => team
    const { server, page, showCard, reports } = await rig(context, { readKeptTeam }, null)
    assert.deepEqual(await page(ORDER), { delivered: 'slack', failed: [REMARK], phone: '+49 1' })
    await showCard({ subject: CARD, place: null, thread: null })
    assert.equal(server.messages(INCIDENTS).length, 1)
    assert.deepEqual(reports, ['estate file x has one problem; people are those known before'])
  })

  it('cards, posts and silence go on as before', async context => {
    const { server, world, showCard, post, page, quietPages } = await rig(context)
    await page(ORDER)
    world.team = null
    await showCard({ subject: CARD, place: null, thread: null })
    await post({ key: 'a', channel: NOWHERE.channel, thread: null, message: { text: 'look', blocks: [] } })
    assert.equal(server.messages(INCIDENTS).length, 2)
    await quietPages({ workflowId: WORKFLOW, text: 'Ana has it.' })
    assert.match(server.messages('DU0ANA')[0]?.text ?? '', /Ana has it/)
  })

  it('a worker that knows nobody posts where it is told to, and puts off what it cannot place', async context => {
    const { server, world, showCard, post } = await rig(context, {}, null)
    const order = { key: 'a', channel: INCIDENTS, thread: null, message: { text: 'look', blocks: [] } }
    await post(order)
    assert.equal(server.messages(INCIDENTS).length, 1)
    await assert.rejects(post({ ...order, channel: NOWHERE.channel }), isLater)
    await assert.rejects(showCard({ subject: CARD, place: null, thread: null }), isLater)
    world.team = team
    await showCard({ subject: CARD, place: null, thread: null })
    assert.equal(server.messages(INCIDENTS).length, 2)
  })
})

describe('mail', () => {
  const mail = { key: 'm', to: ['ana@example.org'], subject: 's', text: 't' }

  it('says that no server is configured, unless there is nobody to write to', async context => {
    const { mail: send } = await rig(context)
    await assert.rejects(send(mail), error => error instanceof OpsError && error.owner === 'configuration')
    await send({ ...mail, to: [] })
  })
})
