/** What a gate looks at twice, on the real server: earlier approvals when a quorum is reached, and broken glass once it is written down. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { approvalsOf } from '../../domain/approvals/gate.ts'
import { OpsError } from '../../domain/failures.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { type AskedRun, ask, question, rowsOf, tellAsked } from '../support/asked-run.ts'
import { deciderOf, decisionsIn, emergencyUsesIn, gateHands, newWorld, personKey, replay } from '../support/gate-rig.ts'
import { type Hands, openRig, type Rig } from '../support/workflow-rig.ts'

describe('a gate looks again', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig('127.81.0.52')
  })
  after(() => rig?.close())

  test('an earlier approval that counts no more when the quorum would be reached is taken out, and the gate stays open', async () => {
    await tellAsked(rig, [question({ quorum: 2 })], async ({ world, decider, result }) => {
      await decider.open()
      const { team } = world
      assert.equal((await decider.say('ben', 'approve', { door: 'cli' })).counted, true)
      const { kid } = personKey('ben')
      const retired = team.keys.map(key => (key.kid === kid ? { ...key, retiredAt: '2026-01-01T00:00:00Z' } : key))
      world.team = { ...team, keys: retired }
      assert.equal((await decider.say('cy', 'approve')).counted, true)
      const open = await decider.open()
      assert.deepEqual(approvalsOf(open), ['cy'])
      const taken = open.attempts.find(({ verdict }) => verdict === 'withdraw')
      assert.deepEqual([taken?.person, taken?.door, taken?.counted], ['ben', 'ops', true])
      assert.match(taken?.reason ?? '', /counted no more when the quorum would have been reached: this key was retired/)
      assert.ok(rowsOf(world).includes('lapsed-2-ben withdraw true'))

      world.team = { ...team, groups: { ...team.groups, approvers: ['ana', 'ben'] as PersonId[] } }
      assert.equal((await decider.say('ben', 'approve', { door: 'cli' })).counted, true)
      assert.deepEqual(approvalsOf(await decider.open()), ['ben'], 'cy has left the group')
      world.team = team
      assert.equal((await decider.say('cy', 'approve')).counted, true)
      assert.equal((await result())[0]?.words, 'Approved by ben and cy: it is needed')
    })
  })

  test('while nobody can say whether earlier approvals still count, the last one does not', async () => {
    const control: Hands['control'] = {
      async verifyAgain() {
        throw new OpsError({ owner: 'configuration', message: 'the estate file is not readable', hint: 'Correct it.' })
      },
    }
    const story = async ({ handle, decider }: AskedRun) => {
      const gate = await decider.open()
      await decider.say('ben', 'approve')
      const signed = decider.signed(gate, 'cy', 'approve')
      await decider.send(signed)
      await rig.skipTime(handle.workflowId)
      const { counted, refusal } = await decider.answer(signed)
      assert.equal(counted, false)
      assert.match(refusal, /earlier approvals still count cannot be read/)
    }
    await tellAsked(rig, [question({ quorum: 2 })], story, { control })
  })

  test('broken twice in one moment counts once: the ledger knows which was first', async () => {
    const world = newWorld()
    let looked = 0
    let both: () => void = () => undefined
    const bothLooked = new Promise<void>(resolve => {
      both = resolve
    })
    const { openReviews } = gateHands(world).control
    assert.ok(openReviews !== undefined)
    const control: Hands['control'] = {
      async openReviews(person) {
        const found = await openReviews(person)
        looked += 1
        if (looked === 2) both()
        await bothLooked
        return found
      },
    }
    const twice = async ({ decider, handle }: AskedRun) => {
      await decider.open()
      const other = await ask(rig, [question()])
      const deciders = [decider, deciderOf(other)]
      await deciders[1]?.open()
      const attempts = await Promise.all(deciders.map(one => one.say('dee', 'breakglass', { reason: 'now' })))
      assert.deepEqual(attempts.map(({ counted }) => counted).toSorted(), [false, true])
      assert.match(attempts.map(({ refusal }) => refusal).join(''), /APR-\w+ \(INC-7\) came first and waits/)
      const states = await Promise.all(deciders.map(async one => (await one.gates())[0]?.state))
      assert.deepEqual(states.toSorted(), ['approved', 'open'])
      assert.equal(emergencyUsesIn(decisionsIn(world), { person: 'dee' }).length, 1)
      await replay(other)
      for (const run of [handle, other]) await run.terminate('the test is over').catch(() => undefined)
    }
    await tellAsked(rig, [question()], twice, { world, control })
  })
})
