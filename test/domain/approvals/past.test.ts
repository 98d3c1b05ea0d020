/** What is said of a question that is decided: from its gate, and from the ledger when nobody remembers the gate. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { voidGate } from '../../../domain/approvals/gate.ts'
import { lateRow, pastOfGate, pastOfRows } from '../../../domain/approvals/past.ts'
import { approvalName, closedRow, openedRow } from '../../../domain/approvals/rows.ts'
import type { DecisionRow, LedgerRow } from '../../../domain/ledger.ts'
import { APPROVAL, at, decide, gateOf, requestOf, said } from './samples.ts'

const bodies = (rows: readonly LedgerRow[]): readonly DecisionRow[] =>
  rows.flatMap(({ table, row }) => (table === 'decisions' ? [row] : []))

describe('a question that is decided', () => {
  const approved = decide(gateOf(), said('ben', 'approve')).gate

  test('says who, what and when, from its gate', () => {
    assert.deepEqual(pastOfGate(approved), {
      approvalId: APPROVAL,
      workflowId: approved.workflowId,
      digest: approved.digest,
      state: 'approved',
      words: `Too late for ${APPROVAL}. Approved by ben: it is needed (2026-11-23 03:01:01 UTC). Whoever still wants something else asks anew.`,
    })
    assert.match(pastOfGate(gateOf()).words, /has ended, and nobody had decided/)
  })

  test('says the same from its rows, and what came after, in whatever order they are', () => {
    const rows = bodies([closedRow(approved, at(1, 1), null)])
    assert.deepEqual(pastOfRows(rows), pastOfGate(approved))
    const both = bodies([
      closedRow(voidGate(approved, at(2)), at(2), 'The host has changed.'),
      closedRow(approved, at(1, 1), null),
    ])
    const past = pastOfRows(both)
    assert.equal(past?.state, 'void')
    assert.match(past?.words ?? '', /Approved by ben: .*03:01:01 UTC\)\. The host has changed \(.*03:02:00 UTC\)\./)
  })

  test('is none while nothing but the question and tries are known', () => {
    assert.equal(pastOfRows([]), null)
    assert.equal(pastOfRows(bodies([openedRow({ ...gateOf() })])), null)
  })
})

test('what is said too late is kept as a try that does not count, once for each statement', () => {
  const approved = decide(gateOf(), said('ben', 'approve')).gate
  const past = pastOfGate({ ...approved, workflowId: 'change:alpha' })
  const { statement } = said('cy', 'deny', { reason: 'not now' })
  const [row] = bodies([lateRow(past, statement)])
  assert.deepEqual(row, {
    approvalId: APPROVAL,
    entry: `late-deny-cy-${statement.at}`,
    kind: 'attempt',
    workflowId: 'change:alpha',
    at: statement.at,
    person: 'cy',
    door: statement.door,
    verdict: 'deny',
    digest: statement.digest,
    counted: false,
    text: past.words,
  })
  assert.equal(pastOfRows(row === undefined ? [] : [row]), null, 'it is no ending')
})

test('an approval is named with its incident, where there is one', () => {
  const asked = (incident: string | null) => bodies([openedRow({ ...gateOf(), request: requestOf({ incident }) })])
  assert.equal(approvalName(APPROVAL, asked('INC-7')), `${APPROVAL} (INC-7)`)
  assert.equal(approvalName(APPROVAL, asked(null)), APPROVAL)
  assert.equal(approvalName(APPROVAL, []), APPROVAL)
  assert.ok(!Object.hasOwn(asked(null)[0] ?? {}, 'incident'))
})
