/** Mail or Slack is away in the middle of an incident: within minutes somebody knows, or the other way is taken. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Context } from '@temporalio/activity'
import { NOWHERE } from '../../activities/chat-ports.ts'
import type { MailOrder } from '../../activities/incident-response.ts'
import { OpsError } from '../../domain/failures.ts'
import { declaration, declare, incidentHands, incidentWhen, until } from '../support/incident-rig.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

const MINUTE_MS = 60_000
/** A quiet word to whoever writes the first status update, after 25 minutes of a Critical incident. */
const QUIET_WORD = /status update of INC-7 is due in 5 minutes/
const ANA = 'U0ANA'

let rig: Rig
before(async () => {
  rig = await openRig('127.81.0.47')
})
after(() => rig?.close())

function away(): OpsError {
  return new OpsError({ owner: 'tool', message: 'it does not answer', hint: 'Wait.' })
}

test('while the mail server is away, people are told to use other means; and when it has gone out', {
  timeout: 90_000,
}, async () => {
  let isAway = true
  const mails: MailOrder[] = []
  const { hands, notebook } = incidentHands({
    chat: {
      async mail(order) {
        if (isAway) throw away()
        mails.push(order)
      },
    },
  })
  await rig.withWorkers(hands, async () => {
    const declared = declaration({ severity: 'critical' })
    const handle = await declare(rig, declared, { skipTime: true })
    const incident = await incidentWhen(handle, ({ undelivered = [] }) =>
      undelivered.some(({ audiences }) => audiences.includes('stakeholders')),
    )
    const delays = notebook.rows.filter(({ kind }) => kind === 'announce-delayed')
    const minutes = delays.map(({ at }) => (Date.parse(at) - Date.parse(declared.startedAt)) / MINUTE_MS)
    assert.match(delays[1]?.text ?? '', /to stakeholders, tell them by other means: it does not answer/)
    assert.ok((minutes[0] ?? 99) < 3, `ops and management: after ${minutes[0]} minutes`)
    assert.ok((minutes[1] ?? 99) < 15, `stakeholders: after ${minutes[1]} minutes`)
    assert.equal(incident.undelivered?.length, 2)
    isAway = false
    await incidentWhen(handle, ({ undelivered = [] }) => undelivered.length === 0)
    await until(() => notebook.posts.filter(({ message }) => /, late/.test(message.text)).length > 0, 'the word')
    assert.equal(new Set(mails.map(({ key }) => key)).size, mails.length, 'each once')
    await handle.terminate()
  })
})

for (const [what, post] of [
  ['is away', away],
  ['is not configured', () => NOWHERE],
] as const) {
  test(`where Slack ${what}, a quiet word goes by mail within minutes`, { timeout: 90_000 }, async () => {
    let mailedAt = 0
    const { hands, notebook } = incidentHands({
      chat: {
        async post({ channel }) {
          const answer = channel === ANA ? post() : { channel, ts: '1.1' }
          if (answer instanceof OpsError) throw answer
          return answer
        },
        async mail({ to, text }) {
          if (to.length !== 1 || to[0] !== 'ana@sandbox.test' || !QUIET_WORD.test(text)) return
          mailedAt = Context.current().info.scheduledTimestampMs
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig, declaration({ severity: 'critical' }), { skipTime: true })
      await until(() => mailedAt > 0, 'the mail', 60_000)
      const row = notebook.rows.find(({ text }) => /next status update is due soon: ana/.test(text))
      const minutes = (mailedAt - Date.parse(row?.at ?? '')) / MINUTE_MS
      assert.ok(minutes < 3, `it was written after ${minutes} minutes`)
      await handle.terminate()
    })
  })
}
