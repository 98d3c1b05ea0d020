/** A question and a decision as a terminal shows them: an approval that was withdrawn counts no more. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gateLines, judgementLine } from '../../starters/show-gate.ts'
import { at, decide, gateOf, said } from '../domain/approvals/samples.ts'

const plain = { paint: (_style: unknown, text: string) => text }

describe('a question for two', () => {
  const first = decide(gateOf({ quorum: 2 }), said('ben', 'approve'))
  const withdrawn = decide(first.gate, said('ben', 'withdraw', { at: at(2) }))
  const again = decide(withdrawn.gate, said('cy', 'approve', { at: at(3) }))

  for (const [what, judged, counted] of [
    ['one has approved', first, 1],
    ['has taken it back', withdrawn, 0],
    ['and another one has approved', again, 1],
  ] as const) {
    test(what, () => {
      assert.match(gateLines(judged.gate, plain).join('\n'), new RegExp(`needs    ${counted} of 2 of approvers`))
      assert.match(judgementLine(judged), new RegExp(`^counted: ${counted} of 2; APR-`))
    })
  }

  test('says who may decide after the escalation, whose approval counts, and what was tried', () => {
    const refused = decide(again.gate, said('ana', 'approve', { at: at(4) }))
    const lines = gateLines({ ...refused.gate, escalatedAt: at(15) }, plain).join('\n')
    assert.match(lines, /needs {4}1 of 2 of approvers or leads, not ana/)
    assert.match(lines, /counts {3}cy/)
    assert.match(lines, /tried {4}withdraw by ben via slack at .*: it is needed/)
    assert.match(lines, /tried {4}approve by ana via slack at .*: You asked for this yourself/)
  })

  test('is decided, or the try refused', () => {
    const last = decide(again.gate, said('ben', 'approve', { at: at(4) }))
    assert.match(judgementLine(last), /^APR-\w+ is approved: restart/)
    assert.match(judgementLine(decide(first.gate, said('ana', 'approve'))), /^not counted: You asked for this yourself/)
  })
})
