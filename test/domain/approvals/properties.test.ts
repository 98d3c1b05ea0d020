/** What no sequence of decisions and no passing of time can bring about, whoever sends them and in whatever order. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Gate, Verdict } from '../../../domain/approvals/approval.ts'
import { gateDue, nextGateMoment } from '../../../domain/approvals/gate.ts'
import { judge } from '../../../domain/approvals/judge.ts'
import type { PersonId } from '../../../domain/team/team.ts'
import { APPROVAL, at, DIGEST, gateOf, proofOf, said } from './samples.ts'

const PEOPLE = ['ana', 'ben', 'cy', 'dee', 'eve'] as const
const ORDINARY: readonly Verdict[] = ['approve', 'deny', 'withdraw']

/** Most decisions are sound, so that gates are decided, too. */
const RARELY = fc.constantFrom(false, false, false, false, false, true)

interface Event {
  readonly person: (typeof PEOPLE)[number]
  readonly verdict: Verdict
  readonly minute: number
  readonly isForged: boolean
  readonly isStale: boolean
  readonly isOtherPlan: boolean
  readonly clockOff: number
}

function events(verdicts: readonly Verdict[]): fc.Arbitrary<readonly Event[]> {
  return fc
    .array(
      fc.record({
        person: fc.constantFrom(...PEOPLE),
        verdict: fc.constantFrom(...verdicts),
        minute: fc.integer({ min: 0, max: 90 }),
        isForged: RARELY,
        isStale: RARELY,
        isOtherPlan: RARELY,
        clockOff: fc.constantFrom(0, 0, 0, -600, 600),
      }),
      { maxLength: 30 },
    )
    .map(list => list.toSorted((a, b) => a.minute - b.minute))
}

/** Plays events as a workflow would: what is due by the clock first, then the decision. Gives every gate on the way. */
function play(start: Gate, list: readonly Event[]): readonly Gate[] {
  const gates = [start]
  let gate = start
  list.forEach((event, index) => {
    const now = at(event.minute, index)
    for (let due = gateDue(gate, now); due.act !== null; due = gateDue(gate, now)) gate = due.gate
    gates.push(gate)
    const signed = said(event.person, event.verdict, {
      at: at(event.minute, index + event.clockOff),
      approvalId: event.isStale ? 'APR-OLD' : APPROVAL,
      digest: event.isOtherPlan ? 'b'.repeat(64) : DIGEST,
    })
    const proof = event.isForged ? ({ kind: 'refused', why: 'forged', hint: 'No.' } as const) : proofOf(event.person)
    gate = judge(gate, signed, proof, { now, openReviews: [] }).gate
    gates.push(gate)
  })
  return gates
}

function isSound({ isForged, isStale, isOtherPlan, clockOff }: Event): boolean {
  return !isForged && !isStale && !isOtherPlan && clockOff === 0
}

describe('no sequence of decisions', () => {
  test('reaches approved without enough distinct genuine approvers other than the requester', () => {
    let reached = 0
    fc.assert(
      fc.property(events(ORDINARY), fc.integer({ min: 1, max: 3 }), (list, quorum) => {
        const last = play(gateOf({ quorum }), list).at(-1)
        if (last?.state !== 'approved') return
        reached += 1
        const genuine = new Set(
          list
            .filter(event => isSound(event) && event.verdict === 'approve')
            .map(({ person }) => person)
            .filter(person => person !== 'ana' && person !== 'eve'),
        )
        assert.ok(genuine.size >= quorum, `${genuine.size} of ${quorum}`)
      }),
      { numRuns: 2_000 },
    )
    assert.ok(reached > 0, 'nothing was approved, so nothing was shown')
  })

  test('of forged, stale or foreign decisions alone changes any state', () => {
    fc.assert(
      fc.property(events([...ORDINARY, 'approve-alone', 'breakglass']), list => {
        const unsound = list.filter(event => !isSound(event))
        const states = play(gateOf({ alone: 'ana' as PersonId }), unsound).map(({ state }) => state)
        assert.ok(states.every(state => state === 'open' || state === 'expired'))
      }),
      { numRuns: 1_000 },
    )
  })

  test('changes anything after it was decided but the list of tries', () => {
    fc.assert(
      fc.property(
        events([...ORDINARY, 'approve-alone', 'breakglass']),
        fc.integer({ min: 1, max: 2 }),
        (list, quorum) => {
          const gates = play(gateOf({ quorum, alone: 'ana' as PersonId }), list)
          const end = gates.findIndex(({ state }) => state !== 'open')
          if (end < 0) return
          const { attempts: _, ...decided } = gates[end] ?? gateOf()
          for (const { attempts: _tries, ...later } of gates.slice(end)) assert.deepEqual(later, decided)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('lets somebody outside the emergency group break glass, or the requester', () => {
    fc.assert(
      fc.property(events(['breakglass']), list => {
        const last = play(gateOf({ quorum: 3 }), list).at(-1)
        if (last?.state !== 'approved') return
        const by = last.attempts.find(({ counted }) => counted)?.person
        assert.ok(by === 'ben' || by === 'dee')
        assert.equal(last.special, 'breakglass')
      }),
    )
  })
})

test('silence never approves, however long and whatever the times of the policy', () => {
  const minutes = fc.integer({ min: 1, max: 100_000 })
  fc.assert(
    fc.property(minutes, minutes, minutes, (remindMinutes, escalateMinutes, expireMinutes) => {
      let gate = gateOf({ remindMinutes, escalateMinutes, expireMinutes })
      let steps = 0
      for (let moment = nextGateMoment(gate); moment !== null; moment = nextGateMoment(gate)) {
        const due = gateDue(gate, moment)
        assert.notEqual(due.act, null, 'a moment at which nothing is due would never pass')
        gate = due.gate
        steps += 1
      }
      assert.ok(steps <= 3)
      assert.equal(gate.state, 'expired')
    }),
  )
})
