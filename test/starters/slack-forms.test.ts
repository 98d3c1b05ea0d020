/** A form that was refused: what is sent from it again counts, and no copy counts twice. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { ACTIONS, MODALS } from '../../domain/chat/chat.ts'
import { ROOT_CAUSE } from '../domain/incident/sample-incident.ts'
import { paperIncident } from '../support/paper-incident.ts'
import { paperTemporal } from '../support/paper-temporal.ts'
import { formBody, openDoor, paperSlack, pressBody, send } from '../support/slack-door.ts'
import { ana } from '../support/team.ts'

const VALUE = { v: 1, w: 'incident:x', n: 7 }
/** Slack changes neither of them while the form stays open. */
const OPEN = { id: 'V0OPEN', hash: '1.a' }

async function open(context: TestContext) {
  const incident = paperIncident(({ command }) =>
    command.kind === 'workaround' && command.host === 'alpha' ? 'alpha is busy' : null,
  )
  const { client } = paperTemporal(incident.temporal)
  const paper = paperSlack()
  const opened = await openDoor({ client, slack: paper.slack })
  context.after(() => opened.close())
  const submit = (form: string, fields: Readonly<Record<string, string>>) =>
    formBody(form, VALUE, fields, 'U0ANA', OPEN)
  const answerTo = async (body: string, at?: number) => {
    const sent = await send(opened.url, body, at === undefined ? {} : { at })
    await opened.idle()
    return sent.body
  }
  const views = () => paper.asked.flatMap(({ view, text }) => (view === undefined ? [] : [text]))
  return { ...incident, submit, answerTo, views }
}

describe('a refused form', { timeout: 30_000 }, () => {
  test('is corrected and counts', async context => {
    const { story, submit, answerTo } = await open(context)
    story.does(ana, { kind: 'acknowledge' })
    const workaround = (host: string) => submit(MODALS.workaround, { name: 'restart', host, parameters: '' })
    assert.match(await answerTo(workaround('alpha')), /"errors".*alpha is busy/)
    assert.equal(await answerTo(workaround('beta')), '')
    assert.deepEqual(
      story.incident.changes.map(({ title }) => title),
      ['restart the service on beta'],
    )
  })
  test('counts unchanged once its reason is gone', async context => {
    const { story, submit, answerTo } = await open(context)
    const resolve = () => submit(MODALS.resolve, { resolution: 'restarted it' })
    assert.match(await answerTo(resolve()), /"errors".*root cause is missing/)
    story.does(ana, ROOT_CAUSE)
    assert.equal(await answerTo(resolve()), '')
    assert.equal(story.incident.status, 'resolved')
  })
  test('is refused once more as often as its reason is there', async context => {
    const { submit, answerTo } = await open(context)
    for (let tries = 0; tries < 3; tries += 1) {
      assert.match(await answerTo(submit(MODALS.resolve, { resolution: 'x' })), /root cause is missing/)
    }
  })
})

test('copies of one submission are one message, refused or not', { timeout: 30_000 }, async context => {
  const { answers, submit, answerTo } = await open(context)
  const now = Math.floor(Date.now() / 1_000)
  for (const submission of ['the first', 'the same once more']) {
    const before = answers.size
    const body = submit(MODALS.resolve, { resolution: 'restarted it' })
    // Signed a second apart, so that the second one is no replay to the door.
    for (const at of [now, now - 1]) assert.match(await answerTo(body, at), /root cause is missing/)
    assert.equal(answers.size, before + 1, submission)
  }
})

test('the form of an update is filled with what was said last', { timeout: 30_000 }, async context => {
  const { story, views, answerTo } = await open(context)
  story.does(ana, { kind: 'acknowledge' })
  await answerTo(pressBody(ACTIONS.update, VALUE))
  assert.doesNotMatch(views().at(-1) ?? '', /a full disk/)
  const said = { findings: 'a full disk', actions: 'cleaning it', expectedResolution: 'at noon' }
  story.does(ana, { kind: 'status', status: 'identified', ...said })
  await answerTo(pressBody(ACTIONS.update, VALUE))
  for (const [name, text] of Object.entries({ ...said, status: 'identified' })) {
    assert.match(views().at(-1) ?? '', new RegExp(`"block_id":"${name}".*(initial_value":"|initial_option.*)${text}`))
  }
})
