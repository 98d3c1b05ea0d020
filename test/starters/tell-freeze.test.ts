/** The freeze switch on cards that are open when it is turned: incidents and gates on the real server. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import { type Switched, tellFreeze } from '../../starters/tell-freeze.ts'
import { requestOf } from '../domain/approvals/samples.ts'
import { deciderOf, gateHands, newWorld, replay, withGateWorkers } from '../support/gate-rig.ts'
import { declare, done, incidentHands, incidentWhen, until } from '../support/incident-rig.ts'
import { ana } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

let rig: Rig
before(async () => {
  rig = await openRig('127.81.0.38')
})
after(() => rig?.close())

const frozen: Switched = {
  id: 'freeze-1',
  kind: 'freeze',
  target: 'estate',
  at: '2026-11-23T03:00:00.000Z',
  reason: 'audit',
  by: 'dee',
}

/** Again and again, for the index of running workflows is a moment late. */
async function tellUntil(isSeen: () => boolean, what: string): Promise<void> {
  const telling = setInterval(() => void tellFreeze(rig.client, frozen, 'cli').catch(() => undefined), 300)
  await until(isSeen, what).finally(() => clearInterval(telling))
}

test('an open gate draws its card anew, and one that is decided does not', async () => {
  const world = newWorld()
  const plan = { ...requestOf().plan, expiresAt: '2099-01-01T00:00:00.000Z' }
  await withGateWorkers(rig, { ...gateHands(world), hosts: {} }, async () => {
    const handle = await rig.client.workflow.start('askAll', {
      workflowId: `ask:${randomUUID()}`,
      taskQueue: CONTROL_QUEUE,
      args: [[requestOf({ plan }), requestOf({ plan })]],
    })
    const decider = deciderOf(handle)
    const first = await decider.open()
    await decider.say('ben', 'approve')
    const second = await decider.open()
    const drawn = (id: string) => world.cards.filter(card => card === id).length
    await until(() => drawn(first.approvalId) >= 2 && drawn(second.approvalId) >= 1, 'the cards of both gates')
    const before = drawn(first.approvalId)
    await tellUntil(() => drawn(second.approvalId) >= 2, 'the card, once more')
    assert.equal(drawn(first.approvalId), before)
    await decider.say('ben', 'approve')
    await handle.result()
    await replay(handle)
  })
})

test('an open incident gets a line of its timeline, once, and its card is drawn anew', async () => {
  const { hands, notebook } = incidentHands()
  await rig.withWorkers(hands, async () => {
    const handle = await declare(rig)
    await incidentWhen(handle, ({ evidenceAt, card }) => evidenceAt !== null && card !== null)
    await done(handle, ana, { kind: 'acknowledge' })
    const { acknowledged } = await incidentWhen(handle, () => true)
    const before = notebook.cards.length
    await tellUntil(() => notebook.cards.length > before, 'the card, once more')
    for (const _ of [1, 2]) await tellFreeze(rig.client, frozen, 'cli')
    const told = await incidentWhen(handle, () => true)
    assert.deepEqual(told.acknowledged, acknowledged, 'the switch shows nothing about who is on it')
    const lines = told.timeline.filter(({ kind }) => kind === 'note')
    assert.deepEqual(
      lines.map(({ by, text }) => [by.person, text]),
      [['dee', 'changes are frozen: audit']],
    )
    await handle.terminate()
  })
})
