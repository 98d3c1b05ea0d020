/** Who may decide what, when: a table of refusals, what counts, and what no sequence of decisions can bring about. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Gate, SignedStatement, Verdict } from '../../../domain/approvals/approval.ts'
import { approvalsOf, cancelGate, gateDue, skippedApprovers, voidGate } from '../../../domain/approvals/gate.ts'
import { judge } from '../../../domain/approvals/judge.ts'
import type { PersonId } from '../../../domain/team/team.ts'
import { APPROVAL, at, decide, GROUPS, gateOf, proofOf, type Situation, said } from './samples.ts'

const ANA = 'ana' as PersonId
const escalated: Partial<Gate> = { escalatedAt: at(15), remindedAt: at(10) }
const alone = { alone: ANA }
const held = { ...alone, holderOf: 'incident:x' }

describe('what counts', () => {
  const CASES: readonly (readonly [
    what: string,
    gate: Gate,
    signed: SignedStatement,
    state: Gate['state'],
    situation?: Situation,
  ])[] = [
    ['one approval where one is enough', gateOf(), said('ben', 'approve'), 'approved'],
    ['an approval needs no reason', gateOf(), said('ben', 'approve', { reason: '' }), 'approved'],
    ['the first of two approvals leaves it open', gateOf({ quorum: 2 }), said('ben', 'approve'), 'open'],
    ['a denial by one is final', gateOf({ quorum: 2 }), said('ben', 'deny'), 'denied'],
    ['who asked may take it back', gateOf(), said('ana', 'deny'), 'denied'],
    ['a lead after the escalation', gateOf({}, escalated), said('dee', 'approve', { at: at(16) }), 'approved'],
    [
      'the first group after the escalation, too',
      gateOf({}, escalated),
      said('cy', 'approve', { at: at(16) }),
      'approved',
    ],
    [
      'alone, by the holder of the acknowledgement, who also asked',
      gateOf(alone),
      said('ana', 'approve-alone'),
      'approved',
    ],
    [
      'alone, by whoever holds it by now',
      gateOf(held),
      said('ben', 'approve-alone'),
      'approved',
      { holder: 'ben' as PersonId },
    ],
    [
      'what came in time and could be looked at only after the end',
      gateOf(),
      said('ben', 'approve', { at: at(59) }),
      'approved',
      { now: at(66), arrivedAt: at(59, 30) },
    ],
    ['break-glass by the emergency group', gateOf(), said('dee', 'breakglass'), 'approved'],
    ['break-glass where two were needed', gateOf({ quorum: 2 }), said('dee', 'breakglass'), 'approved'],
    ['a clock that is 5 minutes slow', gateOf(), said('ben', 'approve', { at: at(1) }), 'approved', { now: at(6) }],
    ['a clock that is 5 minutes fast', gateOf(), said('ben', 'approve', { at: at(6) }), 'approved', { now: at(1) }],
  ]
  for (const [what, gate, signed, state, situation] of CASES) {
    test(what, () => {
      const { gate: after, attempt } = decide(gate, signed, situation)
      assert.equal(attempt.refusal, '')
      assert.equal(attempt.counted, true)
      assert.equal(after.state, state)
      assert.equal(after.decidedAt === null, state === 'open')
      assert.deepEqual(after.attempts, [attempt])
    })
  }

  test('nothing that its door does not vouch for, however genuine the proof', () => {
    const unheard = said('ben', 'approve', { unheard: 'deleted' })
    const { gate, attempt } = decide(gateOf(), unheard)
    assert.deepEqual([gate.state, attempt.counted], ['open', false])
    assert.match(attempt.refusal, /^The door did not hear this: the account is no longer in use\. Ask/)
  })

  test('two distinct people make a quorum of two', () => {
    const first = decide(gateOf({ quorum: 2 }), said('ben', 'approve')).gate
    const second = decide(first, said('cy', 'approve', { door: 'cli' })).gate
    assert.equal(second.state, 'approved')
    assert.deepEqual(approvalsOf(second), ['ben', 'cy'])
  })

  test('an approval can be withdrawn until there are enough, and given again', () => {
    const first = decide(gateOf({ quorum: 2 }), said('ben', 'approve')).gate
    const withdrawn = decide(first, said('ben', 'withdraw', { at: at(2) })).gate
    assert.deepEqual(approvalsOf(withdrawn), [])
    const other = decide(withdrawn, said('cy', 'approve', { at: at(3) })).gate
    assert.equal(other.state, 'open')
    assert.equal(decide(other, said('ben', 'approve', { at: at(4) })).gate.state, 'approved')
  })

  test('who was removed from the group may still withdraw', () => {
    const first = decide(gateOf({ quorum: 2 }), said('ben', 'approve')).gate
    const { attempt } = decide(first, said('ben', 'withdraw', { at: at(2) }), { proof: proofOf('ben', {}) })
    assert.equal(attempt.counted, true)
  })

  test('how it was approved is kept when it was not by quorum', () => {
    assert.equal(decide(gateOf(alone), said('ana', 'approve-alone')).gate.special, 'approve-alone')
    assert.equal(decide(gateOf(), said('dee', 'breakglass')).gate.special, 'breakglass')
    assert.equal(decide(gateOf(), said('ben', 'approve')).gate.special, null)
  })

  test('the skipped approvers are all who were asked and did not decide', () => {
    const broken = decide(gateOf({ quorum: 2 }, escalated), said('ben', 'breakglass', { at: at(16) })).gate
    assert.deepEqual(skippedApprovers(broken, GROUPS), ['cy', 'dee'])
    assert.deepEqual(skippedApprovers(decide(gateOf(), said('ben', 'approve')).gate, GROUPS), [])
  })
})

describe('what is refused, and the sentence for it', () => {
  const approved = decide(gateOf(), said('ben', 'approve')).gate
  const denied = decide(gateOf(), said('ben', 'deny', { reason: 'too risky' })).gate
  const half = decide(gateOf({ quorum: 2 }), said('ben', 'approve')).gate
  const expired = gateDue(gateOf(), at(60)).gate
  const forged = { kind: 'refused', why: 'the signature is none', hint: 'Use ops.' } as const
  const CASES: readonly (readonly [
    what: string,
    gate: Gate,
    signed: SignedStatement,
    words: RegExp,
    situation?: Situation,
  ])[] = [
    ['a bare signal', gateOf(), said('ben', 'approve'), /The signature is none\. Use ops\./, { proof: forged }],
    ['the proof of somebody else', gateOf(), said('ben', 'approve'), /proof is cy's/, { proof: proofOf('cy') }],
    [
      'an approval of an earlier run',
      gateOf(),
      said('ben', 'approve', { approvalId: 'APR-OLD' }),
      /about APR-OLD.*current card/,
    ],
    ['another plan', gateOf(), said('ben', 'approve', { digest: 'b'.repeat(64) }), /another plan/],
    ['who asked', gateOf(), said('ana', 'approve'), /You asked for this yourself.*another person/],
    ['who asked, at the command line', gateOf(), said('ana', 'approve', { door: 'cli' }), /whichever account/],
    ['a stranger to the group', gateOf(), said('dee', 'approve'), /group approvers, and you are not in it/],
    [
      'removed before pressing',
      gateOf(),
      said('ben', 'approve'),
      /not in it at this moment/,
      { proof: proofOf('ben', { approvers: [] }) },
    ],
    ['a denial by a stranger', gateOf(), said('dee', 'deny'), /not in it/],
    ['a denial without a reason', gateOf(), said('ben', 'deny', { reason: '  ' }), /deny needs a reason/],
    ['the same person twice', half, said('ben', 'approve', { at: at(2) }), /counts already \(1 of 2\).*another person/],
    ['withdrawing what was never given', half, said('cy', 'withdraw'), /no approval of yours/],
    [
      'withdrawing after the decision',
      approved,
      said('ben', 'withdraw', { at: at(2) }),
      /Too late.*ops cancel change:alpha/,
    ],
    [
      'a double click after the decision',
      approved,
      said('ben', 'approve', { at: at(1, 1) }),
      /approved this already.*Nothing more/,
    ],
    [
      'another approval after the decision',
      approved,
      said('cy', 'approve'),
      /Too late: ben approved this.*Nothing more/,
    ],
    ['a denial after the approval', approved, said('cy', 'deny'), /Too late.*ops cancel/],
    ['an approval after the denial', denied, said('cy', 'approve'), /ben denied this.*final/],
    ['after expiry', expired, said('ben', 'approve', { at: at(61) }), /ran out.*Ask for it again/],
    [
      'past expiry before the timer',
      gateOf(),
      said('ben', 'approve', { at: at(60) }),
      /ran out at 2026-11-23 04:00:00 UTC/,
      { now: at(60) },
    ],
    ['after it became void', voidGate(gateOf(), at(1)), said('ben', 'approve'), /void since.*new card/],
    ['after it was taken back', cancelGate(gateOf(), at(1)), said('ben', 'approve'), /taken back/],
    [
      'a clock 10 minutes slow',
      gateOf(),
      said('ben', 'approve', { at: at(1) }),
      /clock of the door is wrong/,
      { now: at(11) },
    ],
    [
      'a clock 10 minutes fast',
      gateOf(),
      said('ben', 'approve', { at: at(11) }),
      /clock of the door is wrong/,
      { now: at(1) },
    ],
    [
      'a time that is none',
      gateOf(),
      said('ben', 'approve', { at: 'yesterday' }),
      /"yesterday".*clock/,
      { now: at(1) },
    ],
    ['alone where nobody may', gateOf(), said('ben', 'approve-alone'), /only for a Critical incident.*here nobody may/],
    ['alone by another person', gateOf(alone), said('ben', 'approve-alone'), /that is ana/],
    [
      'alone after a hand-over',
      gateOf(held),
      said('ana', 'approve-alone'),
      /that is ben/,
      { holder: 'ben' as PersonId },
    ],
    [
      'alone when nobody holds it any more',
      gateOf(held),
      said('ana', 'approve-alone'),
      /here nobody may/,
      { holder: null },
    ],
    ['alone when nobody has asked who holds it', gateOf(held), said('ana', 'approve-alone'), /here nobody may/],
    [
      'alone without a reason',
      gateOf(alone),
      said('ana', 'approve-alone', { reason: '' }),
      /approve-alone needs a reason/,
    ],
    ['break-glass by a stranger', gateOf(), said('cy', 'breakglass'), /Break-glass is for the group emergency/],
    ['break-glass without a reason', gateOf(), said('dee', 'breakglass', { reason: '' }), /breakglass needs a reason/],
    [
      'break-glass with a review open',
      gateOf(),
      said('dee', 'breakglass'),
      /APR-EARLIER waits for its review/,
      { openReviews: ['APR-EARLIER'] },
    ],
    [
      'break-glass by who asked',
      gateOf({}, { request: { ...gateOf().request, requestedBy: 'dee' as PersonId } }),
      said('dee', 'breakglass'),
      /not the second person/,
    ],
  ]
  for (const [what, gate, signed, words, situation] of CASES) {
    test(what, () => {
      const { gate: after, attempt } = decide(gate, signed, situation)
      assert.match(attempt.refusal, words)
      assert.equal(attempt.counted, false)
      assert.deepEqual(
        { ...after, attempts: [] },
        { ...gate, attempts: [] },
        'nothing but the record of the try changes',
      )
      assert.deepEqual(after.attempts, [...gate.attempts, attempt])
    })
  }

  test('every refusal is a sentence or more', () => {
    for (const [, gate, signed, , situation] of CASES) {
      assert.match(decide(gate, signed, situation).attempt.refusal, /^[A-Z"a-z].*[.]$/)
    }
  })
})

describe('the same statement again', () => {
  test('changes nothing and is answered as before', () => {
    const signed = said('ben', 'approve')
    const first = decide(gateOf({ quorum: 2 }), signed)
    const second = decide(first.gate, signed)
    assert.equal(second.gate, first.gate)
    assert.equal(second.attempt, first.attempt)
  })

  test('does not bring a withdrawn approval back', () => {
    const signed = said('ben', 'approve')
    const first = decide(gateOf({ quorum: 2 }), signed).gate
    const withdrawn = decide(first, said('ben', 'withdraw', { at: at(2) })).gate
    assert.deepEqual(approvalsOf(decide(withdrawn, signed).gate), [])
  })

  test('a forged one before it does not stand in its way', () => {
    const signed = said('ben', 'approve')
    const forged = decide(gateOf(), signed, { proof: { kind: 'refused', why: 'no', hint: 'No.' } }).gate
    assert.equal(decide(forged, signed).gate.state, 'approved')
  })
})

test('secrets in a reason go no further, and a long one is cut', () => {
  const { attempt } = decide(gateOf(), said('ben', 'deny', { reason: `password=hunter2 ${'x'.repeat(3_000)}` }))
  assert.doesNotMatch(attempt.reason, /hunter2/)
  assert.equal(attempt.reason.length, 500)
})

test('a flood of forged decisions does not grow the gate, and what counted stays', () => {
  let gate = decide(gateOf({ quorum: 2 }), said('ben', 'approve')).gate
  for (let n = 0; n < 200; n += 1) {
    const moment = { now: at(2), openReviews: [] }
    gate = judge(gate, said('cy', 'approve'), { kind: 'refused', why: `no ${n}`, hint: 'No.' }, moment).gate
  }
  assert.equal(gate.attempts.length, 51)
  assert.equal(gate.forgotten, 150)
  assert.deepEqual(approvalsOf(gate), ['ben'])
  assert.match(gate.attempts.at(-1)?.refusal ?? '', /No 199/)
})

test('every verdict has its answer on a gate of another approval', () => {
  const verdicts: readonly Verdict[] = ['approve', 'deny', 'withdraw', 'approve-alone', 'breakglass']
  for (const verdict of verdicts) {
    const { attempt } = decide(gateOf(), said('ben', verdict, { approvalId: 'APR-OTHER' }))
    assert.match(attempt.refusal, new RegExp(APPROVAL))
  }
})
