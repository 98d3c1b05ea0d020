/** "More…" on a card: a list in a form, the form of each in its place, and what it says to the incident. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ACTIONS, moreAction, moreCallback } from '../../domain/chat/chat.ts'
import { RESOLVE, ROOT_CAUSE } from '../domain/incident/sample-incident.ts'
import { paperIncident } from '../support/paper-incident.ts'
import { paperTemporal } from '../support/paper-temporal.ts'
import { formBody, openDoor, paperSlack, pressBody, send } from '../support/slack-door.ts'
import { ana } from '../support/team.ts'

const VALUE = { v: 1, w: 'incident:x', n: 7 }
const IN_FORM = { channel: undefined, response_url: undefined, view: { id: 'V0MORE', type: 'modal' } }

async function open(context: TestContext) {
  const incident = paperIncident()
  const { client } = paperTemporal(incident.temporal)
  const paper = paperSlack()
  const opened = await openDoor({ client, slack: paper.slack })
  context.after(() => opened.close())
  const ask = async (body: string) => {
    const sent = await send(opened.url, body)
    await opened.idle()
    return sent.body
  }
  return { ...incident, ask, asked: paper.asked, last: () => paper.asked.at(-1) }
}

test('the list opens, and a form takes its place', { timeout: 30_000 }, async context => {
  const { story, ask, asked, last } = await open(context)
  await ask(pressBody(ACTIONS.more, VALUE))
  assert.deepEqual(
    asked.map(({ what }) => what),
    ['open', 'update'],
  )
  assert.match(last()?.text ?? '', /INC-7: more.*Page somebody.*Hand over.*False alarm/)
  await ask(pressBody(moreAction('classify'), VALUE, 'U0ANA', IN_FORM))
  assert.deepEqual([last()?.what, last()?.to], ['update', 'V0MORE'])
  assert.match(last()?.text ?? '', /Critical, availability, alpha. What stays empty stays as it is/)
  assert.equal(await ask(formBody(moreCallback('classify'), VALUE, { severity: 'high', impact: '' })), '')
  assert.equal(story.incident.severity, 'high')
  await ask(pressBody(ACTIONS.subscribe, VALUE, 'U0CY', IN_FORM))
  assert.deepEqual(story.incident.subscribers, ['ana', 'cy'])
})

test('what the incident refuses stands beside the field', { timeout: 30_000 }, async context => {
  const { ask } = await open(context)
  const body = await ask(formBody(moreCallback('false-alarm'), VALUE, { reason: ' ' }))
  assert.match(body, /"errors":\{"reason":"🚫 the reason is missing/)
})

test('Close of a Critical one leads to its post-mortem, and closes it once that is there', {
  timeout: 30_000,
}, async context => {
  const { story, ask, last } = await open(context)
  story.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
  await ask(pressBody(ACTIONS.close, VALUE))
  assert.match(
    last()?.text ?? '',
    /Post-mortem.*closed once the date of its post-mortem and its notes are there.*until \d{4}-\d\d-\d\d/,
  )
  assert.equal(story.incident.status, 'resolved')
  const held = { at: '2026-11-30 14:00', notes: 'what we learnt' }
  assert.equal(await ask(formBody(moreCallback('review'), VALUE, held)), '')
  await ask(pressBody(ACTIONS.close, VALUE))
  assert.equal(story.incident.status, 'closed')
})
