/** Cards that people have to make possible first: a token that was revoked keeps nobody, and what is owed is drawn once it is repaired. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { ChatActivities } from '../../activities/incident-response.ts'
import type { CardSubject } from '../../domain/chat/chat.ts'
import { OpsError } from '../../domain/failures.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import { requestOf } from '../domain/approvals/samples.ts'
import { deciderOf, gateHands, newWorld, replay, withGateWorkers } from '../support/gate-rig.ts'
import { declare, done, incidentHands, incidentWhen, until } from '../support/incident-rig.ts'
import { ana } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

let rig: Rig
before(async () => {
  rig = await openRig('127.81.0.64')
})
after(() => rig?.close())

const PLACE = { channel: 'C0INCIDENTS', ts: '1700000000.000100' }
const REVOKED = { message: 'chat.update: slack says token_revoked', hint: 'Install the app again.' }

/** A chat whose token can be revoked; whoever is patient is told to come back, as the real one does. */
function chat() {
  const drawn: CardSubject[] = []
  const state = { isRevoked: false, refused: 0 }
  const showCard: ChatActivities['showCard'] = async ({ subject, patient }) => {
    if (!state.isRevoked) {
      drawn.push(subject)
      return PLACE
    }
    state.refused += 1
    throw new OpsError({ ...REVOKED, ...(patient ? { owner: 'tool', retryAfterMs: 300 } : { owner: 'permission' }) })
  }
  return { drawn, state, showCard }
}

describe('while the token is revoked', { timeout: 120_000 }, () => {
  test('an open incident says so once, and its card is drawn when it is repaired', async () => {
    const { drawn, state, showCard } = chat()
    const { hands } = incidentHands({ chat: { showCard } })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig)
      await incidentWhen(handle, ({ evidenceAt, card }) => evidenceAt !== null && card !== null)
      state.isRevoked = true
      await done(handle, ana, { kind: 'acknowledge' })
      await until(() => state.refused > 3, 'more than one try')
      const before = drawn.length
      const { timeline } = await incidentWhen(handle, () => true)
      assert.equal(timeline.filter(({ text }) => text.includes('could not draw the card')).length, 1)
      state.isRevoked = false
      await until(() => drawn.length > before, 'the card that is owed')
      await handle.terminate()
    })
  })

  test('an incident ends, and leaves its last card to a run that draws it as it ended', async () => {
    const { drawn, state, showCard } = chat()
    const { hands } = incidentHands({ chat: { showCard } })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig)
      await incidentWhen(handle, ({ evidenceAt, card }) => evidenceAt !== null && card !== null)
      state.isRevoked = true
      await done(handle, ana, { kind: 'acknowledge' })
      await until(() => state.refused > 1, 'a try that waits for the repair')
      await done(handle, ana, { kind: 'false-alarm', reason: 'it was the probe' })
      const { key, entries } = await handle.result()
      const late = rig.client.workflow.getHandle(`late-card:${key}/${entries}`)
      assert.equal((await late.describe()).status.name, 'RUNNING')
      const before = drawn.length
      state.isRevoked = false
      assert.deepEqual(await late.result(), PLACE)
      assert.deepEqual(drawn.slice(before), [{ kind: 'incident', workflowId: handle.workflowId, runId: key }])
    })
  })

  test('a gate that is decided meanwhile loses its buttons when it is repaired', async () => {
    const { drawn, state, showCard } = chat()
    const hands = gateHands(newWorld())
    const plan = { ...requestOf().plan, expiresAt: '2099-01-01T00:00:00.000Z' }
    await withGateWorkers(rig, { ...hands, chat: { ...hands.chat, showCard }, hosts: {} }, async () => {
      const workflowId = `ask:${randomUUID()}`
      const handle = await rig.client.workflow.start('askAll', {
        workflowId,
        taskQueue: CONTROL_QUEUE,
        args: [[requestOf({ plan })]],
      })
      const decider = deciderOf(handle)
      const gate = await decider.open()
      await until(() => drawn.length > 0, 'the card with its buttons')
      state.isRevoked = true
      assert.equal((await decider.say('ben', 'approve')).counted, true)
      await handle.result()
      const late = rig.client.workflow.getHandle(`late-card:${gate.approvalId}`)
      const before = drawn.length
      state.isRevoked = false
      assert.deepEqual(await late.result(), PLACE)
      const { runId } = await handle.describe()
      const subject = { kind: 'approval', workflowId, approvalId: gate.approvalId, runId }
      assert.deepEqual(drawn.slice(before), [subject])
      await replay(handle)
    })
  })
})
