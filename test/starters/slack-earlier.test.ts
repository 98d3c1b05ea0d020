/** The card and the pages of an incident that is over, while another one goes on under its workflow id: nothing it has acts on that one. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { ACTIONS, MODALS } from '../../domain/chat/chat.ts'
import { incidentButtons } from '../../domain/chat/incident-buttons.ts'
import { pageMessage } from '../../domain/chat/page-message.ts'
import type { IncidentRow } from '../../domain/ledger.ts'
import { SHORTCUTS } from '../../starters/slack/shortcuts.ts'
import { MONDAY } from '../domain/incident/sample-incident.ts'
import { paperIncident } from '../support/paper-incident.ts'
import { away, paperTemporal } from '../support/paper-temporal.ts'
import { commandBody, formBody, interaction, openDoor, paperSlack, pressBody, send } from '../support/slack-door.ts'
import { ben, team } from '../support/team.ts'

const WORKFLOW = 'incident:x'
const EARLIER = { v: 1, w: WORKFLOW, n: 3 }
const ENDED = { workflowId: WORKFLOW, incident: 'INC-3', endedAs: 'run-of-3' }

const row = (entry: number, text: string): IncidentRow => ({
  number: 3,
  incident: 'key',
  workflowId: WORKFLOW,
  entry,
  at: MONDAY,
  kind: 'note',
  text,
  person: 'ben',
  door: 'cli',
  title: 'acp down',
  severity: 'critical',
  category: 'availability',
  status: 'closed',
  startedAt: MONDAY,
})

async function open(context: TestContext, { isKept = true, works = true } = {}) {
  const now = paperIncident()
  const { incident } = now.story
  const closed = { ...incident, number: 3, status: 'closed' as const, timeline: [], entries: 0 }
  const entry = { seq: 1, at: MONDAY, by: { person: ben, door: 'cli' as const }, kind: 'note', text: 'what was then' }
  const { client } = paperTemporal({
    ...now.temporal,
    runs: () => [...(now.temporal.runs?.() ?? []), ...(isKept ? [ENDED] : [])],
    query: async (workflowId, query, argument, runId) => {
      if (runId === ENDED.endedAs) return { ...closed, timeline: [entry], entries: 1 }
      if (!works) throw away()
      if (runId === undefined || runId === 'run') return await now.temporal.query?.(workflowId, query, argument)
      throw away()
    },
  })
  const paper = paperSlack()
  const ledger = {
    note: async () => ({ sequence: 1, hash: '', added: 1, repeated: 0, conflicting: [] }),
    currentFreeze: async () => null,
    listDecisions: async () => [],
    timelineOf: async () => [row(0, 'acp down'), row(1, 'what the ledger knows')],
  }
  const opened = await openDoor({ client, slack: paper.slack, ledger })
  context.after(() => opened.close())
  const ask = async (body: string) => {
    const sent = await send(opened.url, body)
    await opened.idle()
    return sent.body
  }
  const said = () => paper.asked.at(-1)?.text ?? ''
  return { ...now, ask, said }
}

describe('a button of an earlier incident', { timeout: 30_000 }, () => {
  for (const action of [ACTIONS.acknowledge, ACTIONS.takeLead, ACTIONS.stillOnIt, ACTIONS.close]) {
    test(`${action} is refused with words`, async context => {
      const { story, ask, said } = await open(context)
      const before = story.incident
      await ask(pressBody(action, EARLIER))
      assert.match(said(), /about INC-3, which is over; INC-7 is declared in its place.*ops incident show INC-7/s)
      assert.equal(story.incident, before)
    })
  }
  test('that of a page acknowledges nothing', async context => {
    const { story, ask, said } = await open(context)
    const before = story.incident
    const { blocks } = pageMessage({ incident: 'INC-3', workflowId: WORKFLOW, title: 'acp down', text: 'Critical.' })
    const { elements } = blocks.find(({ type }) => type === 'actions') ?? { elements: [] }
    const [stop] = elements as readonly { readonly action_id: string; readonly value: string }[]
    await ask(pressBody(stop?.action_id ?? '', JSON.parse(stop?.value ?? '')))
    assert.match(said(), /about INC-3, which is over; INC-7 is declared in its place/)
    assert.equal(story.incident, before)
  })
  for (const action of [ACTIONS.resolve, ACTIONS.update, ACTIONS.workaround, ACTIONS.rootCause]) {
    test(`${action} opens no form about the one that came after it`, async context => {
      const { ask, said } = await open(context)
      await ask(pressBody(action, EARLIER))
      assert.match(said(), /this card is of INC-3, which is over; INC-7 is declared in its place/)
      assert.doesNotMatch(said(), /"submit"/)
    })
  }
  test('a form that was open meanwhile is refused beside its field', async context => {
    const { story, ask } = await open(context)
    const before = story.incident
    const body = await ask(formBody(MODALS.resolve, EARLIER, { resolution: 'restarted' }))
    assert.match(body, /"errors".*INC-3, which is over/)
    assert.equal(story.incident, before)
  })
  test('its timeline is its own, from the run that it ended as', async context => {
    const { ask, said } = await open(context)
    await ask(pressBody(ACTIONS.timeline, EARLIER))
    assert.match(said(), /INC-3 timeline.*what was then/)
  })
  test('and from the ledger once that run is forgotten', async context => {
    const { ask, said } = await open(context, { isKept: false })
    await ask(pressBody(ACTIONS.timeline, EARLIER))
    assert.match(said(), /INC-3 timeline.*what the ledger knows/)
    assert.doesNotMatch(said(), /earlier entries/)
  })
  test('by command as well', async context => {
    const { ask, said } = await open(context, { isKept: false })
    await ask(commandBody('incident timeline INC-3'))
    assert.match(said(), /INC-3 timeline.*what the ledger knows/)
  })
})

describe('a message that is kept', { timeout: 30_000 }, () => {
  const kept = (thread: string, channel = 'C0INCIDENTS') =>
    interaction({
      type: 'message_action',
      callback_id: SHORTCUTS.note,
      channel: { id: channel },
      message: { ts: '9.1', thread_ts: thread, text: 'it began at noon, <@U0CY> says', user: 'U0BEN' },
    })
  const withCard = async (context: TestContext, changes: Parameters<typeof open>[1] = {}) => {
    const opened = await open(context, changes)
    const { story } = opened
    story.incident = { ...story.incident, card: { channel: 'C0INCIDENTS', ts: '7.1' } }
    const notes = () => story.incident.timeline.flatMap(({ kind, text }) => (kind === 'note' ? [text] : []))
    return { ...opened, notes }
  }
  test('below the card of an earlier incident is no note of the one that goes on', async context => {
    const { ask, said, notes } = await withCard(context)
    await ask(kept('3.1'))
    assert.match(said(), /this is below no open incident.*incident note INC-n/s)
    assert.deepEqual(notes(), [])
  })
  test('in a thread is of nobody while no worker says whose that is', async context => {
    const { ask, said, notes } = await withCard(context, { works: false })
    await ask(kept('7.1'))
    assert.match(said(), /no worker says now below which incident this is.*incident note INC-n/s)
    assert.deepEqual(notes(), [])
  })
  for (const [where, body] of [
    ['below its card', kept('7.1')],
    ['by itself, with answers below', kept('9.1')],
    ['in a thread of another channel', kept('3.1', 'C0OPS')],
  ] as const) {
    test(`${where} is a note of the one that goes on`, async context => {
      const { ask, notes } = await withCard(context)
      await ask(body)
      assert.deepEqual(notes(), ['ben in the chat: it began at noon, @cy says'])
    })
  }
})

test('a button of the one that goes on acts, and one of a card without a number', {
  timeout: 30_000,
}, async context => {
  const { story, ask } = await open(context)
  await ask(pressBody(ACTIONS.acknowledge, { ...EARLIER, n: 7 }))
  assert.equal(story.incident.acknowledged?.by, 'ana')
  for (const n of [0, undefined]) {
    await ask(pressBody(ACTIONS.takeLead, { v: 1, w: WORKFLOW, n }, 'U0BEN'))
    assert.equal(story.incident.roles.commander, 'ben')
    story.incident = { ...story.incident, roles: {} }
  }
  const drawn = incidentButtons({ ...story.incident, number: 0 }, { team, freeze: null, now: MONDAY })
  assert.ok(drawn.length > 0 && !JSON.stringify(drawn).includes('\\"n\\"'))
})
