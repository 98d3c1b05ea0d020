/** The door between a stand-in for Slack and a real Temporal server: what people do arrives once, also when Temporal is slow. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Client, Connection } from '@temporalio/client'
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common'
import { checkSignature } from '../../activities/adapters/signing.ts'
import type { Gate } from '../../domain/approvals/approval.ts'
import { UNHEARD } from '../../domain/approvals/unheard.ts'
import { ACTIONS, type ButtonValue } from '../../domain/chat/chat.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { IncidentMessage } from '../../domain/incident/commands.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { SHORTCUTS } from '../../starters/slack/shortcuts.ts'
import { commandBody, doorKey, type OpenDoor, openDoor, paperSlack, send } from '../support/slack-door.ts'
import { declaredId, gateOfAna, openStory, type Screen, type Story, until } from '../support/slack-story.ts'
import { openRelay, type StallingRelay } from '../support/stalling-relay.ts'

const NOTHING = { severity: 'low', category: 'data', cause: null, hosts: [], impact: null, alerts: [] }
const DECIDING = [ACTIONS.approve, ACTIONS.deny]

let story: Story

before(async () => {
  story = await openStory('127.77.52.1')
})
after(async () => await story.close())

function cardValue({ workflowId, approvalId, digest }: Gate): ButtonValue {
  return { v: 1, w: workflowId, a: approvalId, d: digest.slice(0, 12) }
}

/** The index that finds an incident by its number is a moment behind. */
async function declareAs(person: string, title: string): Promise<string> {
  assert.match(await story.say(person, `/ops incident critical "${title}"`), /Recorded/)
  const query = `OpsIncident = 'INC-${/\d+$/.exec(title)?.[0]}'`
  await until(async () => (await story.rig.client.workflow.count(query)).count > 0)
  return declaredId(person, title)
}

async function messageOf(text: string) {
  const { channels } = await story.admin<Screen>('screen', { person: 'cy' })
  return channels.flatMap(({ messages }) => messages).findLast(message => message.text === text)
}

/** Answers with what the person reads last. */
async function keepAs(person: string, text: string): Promise<string> {
  const message = { channel: 'C0INCIDENTS', ts: (await messageOf(text))?.ts }
  assert.equal((await story.admin('shortcut', { person, callbackId: SHORTCUTS.note, ...message })).word, 'ok')
  await story.idle()
  return await story.lastWhisper(person)
}

function notesIn(told: readonly IncidentMessage[]): readonly string[] {
  return told.flatMap(({ command }) => (command.kind === 'note' ? [command.text] : []))
}

describe('incidents', { timeout: 60_000 }, () => {
  test('one command declares, a replay and a second copy change nothing', async () => {
    await story.admin('fault', { fault: { kind: 'duplicate' } })
    const id = await declareAs('ana', 'acp down 11')
    await story.admin('replay')
    assert.match(await story.say('ana', '/ops ack INC-11'), /acknowledge is noted/)
    assert.match(await story.say('ana', '/ops incident close INC-11'), /root cause is missing.*Write it down/s)
    assert.match(await story.say('ana', '/ops incident note INC-11 <!channel> password=hunter2'), /noted/)
    const told = await story.toldTo(id)
    assert.deepEqual(
      told.map(({ command, by }) => [command.kind, by.person, by.door]),
      [
        ['declared-again', 'ana', 'slack'],
        ['acknowledge', 'ana', 'slack'],
        ['close', 'ana', 'slack'],
        ['note', 'ana', 'slack'],
      ],
    )
    assert.match(JSON.stringify(told), /<!channel> password=\[redacted\]/)
  })

  test('without a number the only open one is meant; with several it is asked which', async () => {
    const first = await declareAs('ana', 'disk full 21')
    await until(async () => /is noted/.test(await story.say('ben', '/ops ack')))
    const second = await declareAs('ben', 'db slow 22')
    await until(async () => /several incidents are open.*INC-2[12].*INC-2[12]/.test(await story.say('cy', '/ops ack')))
    assert.match(await story.say('cy', '/ops status'), /INC-21.*nobody has it/s)
    assert.match(await story.say('cy', '/ops ack INC-99'), /there is no INC-99/)
    assert.equal(
      (await story.toldTo(first)).filter(({ command }) => command.kind === 'acknowledge')[0]?.by.person,
      'ben',
    )
    await story.toldTo(second)
  })

  test('a bare command opens the form; what it holds is declared', async () => {
    const opening = await story.admin('say', { person: 'ben', text: '/ops incident' })
    assert.ok(opening.screen.modal !== null, opening.says)
    const seen = await story.admin('submit', {
      person: 'ben',
      entries: { title: 'form used 31', severity: 'low', category: 'data' },
    })
    assert.deepEqual([seen.word, seen.screen.modal], ['ok', null])
    const declaration = await story.declarationOf(declaredId('ben', 'form used 31'))
    const { severity, category, by } = declaration
    assert.deepEqual([severity, category, declaration.title, by.person], ['low', 'data', 'form used 31', 'ben'])
    await story.toldTo(declaredId('ben', 'form used 31'))
  })

  test('a form that is refused keeps what was typed, and says why', async () => {
    const id = await declareAs('ana', 'update due 41')
    await story.card([ACTIONS.update, ACTIONS.close, ACTIONS.workaround], { v: 1, w: id })
    await story.press('ana', ACTIONS.update)
    const seen = await story.admin('submit', {
      person: 'ana',
      entries: { findings: 'a full disk', actions: 'cleaning', expectedResolution: '1 h' },
    })
    assert.deepEqual([seen.word, seen.screen.modal], ['ok', null])
    assert.match(await story.press('ana', ACTIONS.close), /root cause is missing/)
    const told = await story.toldTo(id)
    assert.deepEqual(told.at(1)?.command, {
      kind: 'status',
      status: 'investigating',
      findings: 'a full disk',
      actions: 'cleaning',
      expectedResolution: '1 h',
    })
  })

  test('what has no button on the card is behind More…, in one form after the other', async () => {
    const id = await declareAs('ana', 'more to say 45')
    await story.card([ACTIONS.more], { v: 1, w: id, n: 45 })
    await story.press('ana', ACTIONS.more)
    await story.press('ana', 'Page somebody')
    const seen = await story.admin('submit', { person: 'ana', entries: { person: 'cy', message: 'come' } })
    assert.deepEqual([seen.word, seen.screen.modal], ['ok', null])
    const [, page] = await story.toldTo(id)
    assert.deepEqual([page?.command, page?.incident], [{ kind: 'page', person: 'cy', message: 'come' }, 45])
  })

  test('a trigger that has expired is explained, and nothing is lost', async () => {
    await story.admin('fault', { fault: { kind: 'error', error: 'expired_trigger_id' }, method: 'views.open' })
    assert.match(await story.say('ana', '/ops incident'), /expired_trigger_id.*press again, or write it as a command/s)
  })

  test('a message becomes a note of the only incident', async () => {
    const id = await declareAs('cy', 'shortcut 51')
    await story.admin('say', { person: 'ben', text: 'it began at noon' })
    await keepAs('cy', 'it began at noon')
    assert.match(await story.say('cy', '/ops incident note INC-51 ask @ben'), /note is noted/)
    assert.deepEqual(notesIn(await story.toldTo(id)), ['ben in the chat: it began at noon', 'ask @ben'])
  })

  test('below the card of one that is over it becomes a note of no other', async () => {
    const id = await declareAs('cy', 'goes on 52')
    await story.card([ACTIONS.timeline], { v: 1, w: 'incident:over', n: 50 })
    const threadTs = (await messageOf('a card'))?.ts
    await story.admin('say', { person: 'ben', text: 'it was the disk', threadTs })
    assert.match(await keepAs('cy', 'it was the disk'), /below no open incident.*incident note INC-n/s)
    assert.deepEqual(notesIn(await story.toldTo(id)), [])
  })

  test('one that has ended is told as at the command line, and hears nothing', async () => {
    const id = await declareAs('cy', 'over soon 71')
    await story.toldTo(id)
    for (const words of ['status', 'incident show']) {
      assert.match(await story.say('ben', `/ops ${words} INC-71`), /INC-71 over soon 71.*started.*by cy/s)
    }
    await story.card([ACTIONS.timeline], { v: 1, w: id, n: 71 })
    for (const ask of [
      () => story.say('ben', '/ops incident timeline INC-71'),
      () => story.press('ben', ACTIONS.timeline),
    ]) {
      await ask()
      const { modal } = await story.admin<Screen>('screen', { person: 'ben' })
      assert.match(JSON.stringify(modal), /INC-71 timeline.*declared-again/)
    }
    await until(async () => /INC-71 has ended/.test(await story.say('ben', '/ops ack INC-71')))
  })

  test('the home shows what is open', async () => {
    const id = await declareAs('cy', 'at home 61')
    await story.admin('home', { person: 'cy' })
    await until(async () =>
      /at home 61/.test(JSON.stringify((await story.admin<Screen>('screen', { person: 'cy' })).home)),
    )
    await story.toldTo(id)
  })
})

describe('decisions', { timeout: 60_000 }, () => {
  test('a press is signed by the door; the requester is refused, whichever account they use, and another person counts', async () => {
    const { gate, end } = await story.ask()
    await story.card(DECIDING, cardValue(gate))
    for (const person of ['ana', 'ana2']) {
      assert.match(await story.press(person, ACTIONS.approve), /Not counted: You asked for this yourself/)
    }
    assert.match(await story.press('ben', ACTIONS.approve), /is \*approved\* now/)
    const attempts = await end()
    assert.deepEqual(
      attempts.map(({ person, counted }) => [person, counted]),
      [
        ['ana', false],
        ['ana', false],
        ['ben', true],
      ],
    )
    const [, kid = '', signature = '', digest = ''] = attempts.at(-1)?.reason.split('|') ?? []
    const last = attempts.at(-1)
    assert.ok(last !== undefined)
    const statement = {
      v: 1 as const,
      approvalId: gate.approvalId,
      digest,
      person: 'ben' as PersonId,
      door: 'slack' as const,
      verdict: last.verdict,
      reason: '',
      at: last.saidAt ?? '',
    }
    const key = {
      kid: doorKey.kid,
      publicKey: doorKey.publicKey,
      holder: { kind: 'door' as const, door: 'slack' as const },
      retiredAt: null,
    }
    assert.equal(checkSignature({ statement, kid, signature }, [key], last.at).kind, 'genuine')
    assert.equal(digest, gate.digest)
  })

  test('a denial needs its reason; with one it counts, and by its id as well', async () => {
    const { gate, end } = await story.ask()
    await story.card(DECIDING, cardValue(gate))
    await story.press('ben', ACTIONS.deny)
    const empty = await story.admin('submit', { person: 'ben', entries: { reason: ' ' } })
    assert.ok(empty.screen.modal !== null)
    const seen = await story.admin('submit', { person: 'ben', entries: { reason: 'not now' } })
    assert.deepEqual([seen.word, seen.screen.modal], ['ok', null])
    await until(async () =>
      /Counted|Not counted|already|denied/.test(await story.say('cy', `/ops approve ${gate.approvalId} fine`)),
    )
    const attempts = await end()
    assert.deepEqual(attempts.map(({ person, verdict }) => [person, verdict]).slice(0, 2), [
      ['ben', 'deny'],
      ['cy', 'approve'],
    ])
    assert.match(await story.say('cy', `/ops deny ${gate.approvalId}`), /the reason is missing/)
  })

  test('a card whose plan has changed decides nothing, and the try is on record', async () => {
    const { gate, end } = await story.ask()
    await story.card(DECIDING, { ...cardValue(gate), d: 'f'.repeat(12) })
    assert.match(await story.press('ben', ACTIONS.approve), /Not counted: You decided on another plan/)
    assert.deepEqual(
      (await end()).map(({ counted }) => counted),
      [false],
    )
  })

  test('a guest, a bot and somebody of another company are told no, and their press is on record with the reason of the door', async () => {
    const { gate, end } = await story.ask()
    await story.card(DECIDING, cardValue(gate))
    for (const person of ['guest', 'otherbot', 'stranger']) {
      assert.match(await story.press(person, ACTIONS.approve), /Guests|Bots may not|accounts of this workspace/)
    }
    await story.card([ACTIONS.approveAlone], cardValue(gate))
    assert.match(await story.press('guest', ACTIONS.approveAlone), /Guests/)
    const attempts = await end()
    assert.deepEqual(
      attempts.map(({ person, verdict, counted, refusal }) => [person, verdict, counted, refusal]),
      [
        ['slack:U0GUEST', 'approve', false, UNHEARD.guest.why],
        ['slack:U0OTHERBOT', 'approve', false, UNHEARD.bot.why],
        ['slack:U0STRANGER', 'approve', false, UNHEARD.stranger.why],
        ['slack:U0GUEST', 'approve-alone', false, UNHEARD.guest.why],
      ],
    )
  })

  test('a button of a question whose run has ended says who decided what, and when', async () => {
    const { gate, end } = await story.ask()
    await story.card(DECIDING, cardValue(gate))
    assert.match(await story.press('ben', ACTIONS.approve), /is \*approved\* now/)
    await end()
    await until(async () =>
      /Not counted: Too late for APR-[0-9A-F]+\. Approved by ben.* \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)\./.test(
        await story.press('cy', ACTIONS.approve),
      ),
    )
    const [late] = await story.lateTries(gate.approvalId, 1)
    assert.deepEqual(
      [late?.kind, late?.person, late?.door, late?.counted, late?.workflowId],
      ['attempt', 'cy', 'slack', false, gate.workflowId],
    )
    assert.match(late?.text ?? '', /^Too late for APR-[0-9A-F]+\. Approved by ben/)
  })

  test('a question that no run knows any more is told from the ledger, by button and by id', async () => {
    const gate = { ...gateOfAna(), workflowId: 'change:elsewhere' }
    const { approvalId, workflowId, digest } = gate
    const row = { approvalId, workflowId, digest, door: 'cli', counted: true }
    const denied = { entry: 'closed', kind: 'closed' as const, verdict: 'denied', text: 'Denied by cy: not now' }
    story.decisions.push({ ...row, ...denied, person: 'cy', at: '2026-11-23T03:04:05Z' })
    await story.card(DECIDING, cardValue(gate))
    const words = /Not counted: Too late for APR-\w+\. Denied by cy: not now \(2026-11-23 03:04:05 UTC\)/
    assert.match(await story.press('ben', ACTIONS.approve), words)
    assert.match(await story.say('ben', `/ops approve ${approvalId} fine`), words)
    const late = await story.lateTries(approvalId, 2)
    assert.deepEqual(
      late.map(({ person, verdict, counted, workflowId: asked }) => [person, verdict, counted, asked]),
      Array(2).fill(['ben', 'approve', false, workflowId]),
    )
    const other = gateOfAna().approvalId
    assert.match(await story.say('ben', `/ops approve ${other} fine`), new RegExp(`nothing waits under ${other}`))
  })

  test('while Slack does not say who somebody is, they may speak but not decide', async () => {
    const { gate, end } = await story.ask()
    await story.card(DECIDING, cardValue(gate))
    await story.admin('fault', {
      fault: { kind: 'error', error: 'internal_error' },
      method: 'users.info',
      times: 'always',
    })
    assert.match(await story.press('dee', ACTIONS.approve), /its decision cannot count/)
    assert.match(await story.say('dee', '/ops whoami'), /You are \*dee\*/)
    await story.admin('clear-faults')
    assert.deepEqual(
      (await end()).map(({ person }) => person),
      ['slack:U0DEE'],
    )
  })
})

test('verbs of the command line say the same in the chat', { timeout: 60_000 }, async () => {
  assert.match(await story.say('ben', '/ops oncall'), /first.*\n.*second.*cy/)
  assert.match(await story.say('ben', '/ops run health-check target=alpha'), /health-check:alpha\* is running/)
  await until(async () => /health-check:alpha/.test(await story.say('ben', '/ops list open')))
  assert.match(
    await story.say('ben', '/ops run health-check target=alpha'),
    /is running since .* asked for by ben@slack/,
  )
  assert.match(await story.say('ben', '/ops run health-check target=omega'), /has no host "omega"/)
  assert.match(
    await story.say('ben', '/ops silence add acp/cpu for=2h reason="known"'),
    /acp\/cpu\* is silent until .*Nothing was heard of acp\/cpu/,
  )
  assert.match(await story.say('ben', '/ops approvals'), /nothing waits|APR-/)
  for (const verb of ['estate check /etc/passwd', 'ledger migrate', 'report x --output /tmp/x']) {
    assert.match(await story.say('ben', `/ops ${verb}`), /unknown verb/, verb)
  }
  const { client } = story.rig
  for (const id of ['health-check:alpha', 'alert:acp/cpu'])
    await client.workflow.getHandle(id).terminate('end of the test')
})

test('what is too long for the chat says how much is left out, and where all of it is', {
  timeout: 60_000,
}, async () => {
  const before = '2026-11-23T03:04:05.000Z'
  const declaration = {
    ...NOTHING,
    title: 'long story 91',
    startedAt: before,
    id: 'x',
    by: { person: 'ana', door: 'cli' },
  }
  const workflowId = 'incident:long/story'
  await story.rig.client.workflow.start('incident', { workflowId, taskQueue: CONTROL_QUEUE, args: [{ declaration }] })
  const handle = story.rig.client.workflow.getHandle(workflowId)
  for (let n = 1; n <= 14; n += 1) {
    const command = { kind: 'note', text: `${n} <&> ${'x'.repeat(n === 3 ? 9_000 : 700)}` }
    await handle.signal('incident', { id: `n${n}`, at: before, by: { person: 'ana', door: 'cli' }, command })
  }
  let answer = ''
  await until(async () => {
    const seen = await story.admin('say', { person: 'ben', text: '/ops incident show INC-91' })
    answer = JSON.stringify(seen.screen.channels[0]?.messages.at(-1)?.blocks)
    return answer.includes('long story 91')
  })
  const [, left] = /✂️ (\d+) more lines; all of them at a terminal: `ops incident show INC-91`/.exec(answer) ?? []
  const shown = [...answer.matchAll(/ana: \d+ &lt;/g)].length
  assert.equal(shown + Number(left), 14)
  await story.toldTo(workflowId)
})

test('the freeze switch is a row of the ledger, once', async () => {
  assert.match(await story.say('ana', '/ops freeze moving racks'), /Frozen/)
  assert.match(await story.say('ben', '/ops freeze again'), /Already frozen since .* by ana: moving racks/)
  assert.match(await story.say('ben', '/ops thaw racks are moved'), /Thawed/)
  assert.deepEqual(
    story.events.map(({ kind, by, reason }) => [kind, by, reason]),
    [
      ['freeze', 'ana', 'moving racks'],
      ['thaw', 'ben', 'racks are moved'],
    ],
  )
})

describe('when nobody works', { timeout: 60_000 }, () => {
  const opsIncident = defineSearchAttributeKey('OpsIncident', SearchAttributeType.KEYWORD)
  const opsPhase = defineSearchAttributeKey('OpsPhase', SearchAttributeType.KEYWORD)
  const opsGate = defineSearchAttributeKey('OpsGate', SearchAttributeType.KEYWORD_LIST)
  const started: string[] = []
  /** On a queue without a worker, as a run is whose code nobody has any more. */
  const leave = async (type: string, workflowId: string, typedSearchAttributes: SearchAttributePair[]) => {
    await story.rig.client.workflow.start(type, { workflowId, taskQueue: 'nobody', args: [], typedSearchAttributes })
    started.push(workflowId)
    await until(
      async () => (await story.rig.client.workflow.count(`WorkflowId = '${workflowId}' AND OpsPhase != 'x'`)).count > 0,
    )
  }
  const numbered = (number: number, phase: string) => [
    { key: opsIncident, value: `INC-${number}` },
    { key: opsPhase, value: phase },
  ]
  after(async () => {
    for (const id of started) await story.rig.client.workflow.getHandle(id).terminate('end of the test')
  })

  test('an incident is told without its number, though no worker knows it, and one that is closed is not meant', async () => {
    await leave('incident', 'incident:closed', numbered(70, 'closed'))
    await leave('incident', 'incident:stuck', numbered(71, 'investigating'))
    assert.match(await story.say('ben', '/ops ack'), /✔ Recorded for INC-71/)
    const { history } = await story.rig.client.workflowService.getWorkflowExecutionHistory({
      namespace: story.rig.server.namespace,
      execution: { workflowId: 'incident:stuck' },
    })
    const signals = history?.events?.flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
      signal === undefined || signal === null ? [] : [String(signal.input?.payloads?.[0]?.data)],
    )
    assert.equal(signals?.length, 1)
    assert.match(signals?.[0] ?? '', /"acknowledge"/)
  })

  test('one that is stuck takes nothing away from the others, and is named', async () => {
    const id = await declareAs('cy', 'beside it 72')
    await leave('asking', 'asking:stuck', [
      { key: opsGate, value: ['APR-57C4'] },
      { key: opsPhase, value: 'y' },
    ])
    const { gate, end } = await story.ask()
    assert.match(await story.say('ben', '/ops status'), /INC-72.*beside it.*`incident:stuck` could not be read now/s)
    await story.admin('home', { person: 'ben' })
    const home = async () => JSON.stringify((await story.admin<Screen>('screen', { person: 'ben' })).home)
    await until(async () => /asking:stuck/.test(await home()))
    assert.match(await home(), new RegExp(`${gate.approvalId}.*beside it 72.*incident:stuck`))
    await end()
    await story.toldTo(id)
  })
})

describe('when Temporal is slow', { timeout: 60_000 }, () => {
  let relay: StallingRelay
  let connection: Connection
  let slow: OpenDoor
  const paper = paperSlack()

  before(async () => {
    relay = await openRelay(story.rig.server.address)
    connection = await Connection.connect({ address: relay.address })
    const client = new Client({ connection, namespace: story.rig.server.namespace })
    slow = await openDoor({ client, slack: paper.slack, giveUpMs: 7_000 })
  })
  after(async () => {
    await slow.close()
    await connection.close()
    await relay.close()
  })

  for (const how of ['hold', 'holdAnswers'] as const) {
    test(`${how}: acknowledged in time as not confirmed, then recorded once`, async () => {
      const title = `slow ${randomUUID()}`
      relay[how]()
      const { status, body, ms } = await send(slow.url, commandBody(`incident low ${title}`))
      assert.deepEqual([status, /Not confirmed yet/.test(body)], [200, true], body)
      assert.ok(ms < 2_500, `${ms} ms`)
      relay.letThrough()
      await slow.idle()
      const last = paper.asked.at(-1)
      assert.deepEqual(
        [last?.what, last?.to, /Recorded/.test(last?.text ?? '')],
        ['respond', 'https://hooks.slack.com/commands/1', true],
      )
      assert.equal((await story.toldTo(declaredId('ana', title))).length, 1)
    })
  }

  test('nobody confirms it: it is said that it is NOT recorded, with the line that does it', async () => {
    relay.hold()
    const { body, ms } = await send(slow.url, commandBody(`incident low ana's laptop`))
    assert.match(body, /Not confirmed yet/)
    assert.ok(ms < 2_500, `${ms} ms`)
    await slow.idle()
    relay.letThrough()
    assert.match(paper.asked.at(-1)?.text ?? '', /NOT recorded.*ops incident declare low 'ana'\\''s laptop'/s)
  })
})
