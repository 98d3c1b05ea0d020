/** When a gate reminds, asks others and ends; what ends it without a decision; and that silence never approves. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cancelGate, gateDue, nextGateMoment, openGate, voidGate } from '../../../domain/approvals/gate.ts'
import { at, DIGEST, decide, gateOf, OPENED, plan, requestOf, said } from './samples.ts'

describe('what is due', () => {
  const CASES: readonly (readonly [minutes: number, seconds: number, act: string | null])[] = [
    [0, 0, null],
    [9, 59, null],
    [10, 0, 'remind'],
    [14, 59, 'remind'],
    [15, 0, 'escalate'],
    [59, 59, 'escalate'],
    [60, 0, 'expire'],
    [600, 0, 'expire'],
  ]
  for (const [minutes, seconds, act] of CASES) {
    test(`${minutes}:${String(seconds).padStart(2, '0')} after the asking: ${act ?? 'nothing'}`, () => {
      assert.equal(gateDue(gateOf(), at(minutes, seconds)).act, act)
    })
  }

  test('each once, at its time, to the end', () => {
    const acts: string[] = []
    let gate = gateOf()
    for (let moment = nextGateMoment(gate); moment !== null; moment = nextGateMoment(gate)) {
      const due = gateDue(gate, moment)
      acts.push(`${due.act} ${moment.slice(11, 16)}`)
      gate = due.gate
    }
    assert.deepEqual(acts, ['remind 03:10', 'escalate 03:15', 'expire 04:00'])
    assert.equal(gate.state, 'expired')
    assert.equal(gate.decidedAt, at(60))
  })

  test('who was away does not remind after having asked others', () => {
    const { gate } = gateDue(gateOf(), at(20))
    assert.equal(gateDue(gate, at(20)).act, null)
    assert.equal(nextGateMoment(gate), at(60))
  })

  test('a decided gate waits for nothing', () => {
    const { gate } = decide(gateOf(), said('ben', 'approve'))
    assert.equal(nextGateMoment(gate), null)
    assert.deepEqual(gateDue(gate, at(600)), { gate, act: null })
  })
})

test('it is never open for longer than its plan counts', () => {
  const origin = { approvalId: 'APR-1', workflowId: 'w', digest: DIGEST, now: OPENED }
  const short = openGate(requestOf({ plan: { ...plan, expiresAt: at(5) } }), origin)
  assert.equal(short.expiresAt, at(5))
  assert.equal(openGate(requestOf({ plan: { ...plan, expiresAt: at(500) } }), origin).expiresAt, at(60))
})

test('an approval becomes void with its plan; a denial and an end stay what they are', () => {
  assert.equal(voidGate(decide(gateOf(), said('ben', 'approve')).gate, at(2)).state, 'void')
  assert.equal(voidGate(decide(gateOf(), said('ben', 'deny')).gate, at(2)).state, 'denied')
  assert.equal(voidGate(gateDue(gateOf(), at(60)).gate, at(61)).state, 'expired')
  assert.equal(cancelGate(decide(gateOf(), said('ben', 'approve')).gate, at(2)).state, 'approved')
  assert.equal(cancelGate(gateOf(), at(2)).state, 'cancelled')
})
