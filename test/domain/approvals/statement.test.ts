/** A signal may carry anything; what is not exactly a decision is none. And what a decision leaves in the ledger. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { changeGate, changePlan, isSamePlan, reasonToStop } from '../../../domain/approvals/change-gate.ts'
import { gateNotice } from '../../../domain/approvals/notices.ts'
import { RELEASE } from '../../../domain/approvals/release.ts'
import { attemptRow, closedRow, endingWords, strayRow } from '../../../domain/approvals/rows.ts'
import { readSigned } from '../../../domain/approvals/statement.ts'
import { rowKey } from '../../../domain/ledger.ts'
import { at, decide, GROUPS, gateOf, requestOf, said } from './samples.ts'

describe('reading a signal', () => {
  test('a decision is read as it is, without what does not belong to it', () => {
    const signed = said('ben', 'approve')
    assert.deepEqual(
      readSigned({ ...signed, statement: { ...signed.statement, groups: ['approvers'] }, kind: 'x' }),
      signed,
    )
  })

  test('the reason for which a door does not hear somebody is read', () => {
    const unheard = said('slack:U0GUEST', 'approve', { unheard: 'guest' })
    assert.deepEqual(readSigned(unheard), unheard)
  })

  const good = said('ben', 'approve')
  const changed = (field: string, value: unknown) => ({ ...good, statement: { ...good.statement, [field]: value } })
  const NONE: readonly (readonly [what: string, value: unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a word', 'approve'],
    ['no statement', { kid: 'a', signature: 'b' }],
    ['no signature', { statement: good.statement, kid: 'a' }],
    ['a list for a person', changed('person', ['ben'])],
    ['a door that is none', changed('door', 'window')],
    ['a verdict that is none', changed('verdict', 'constructor')],
    ['another version', changed('v', 2)],
    ['an endless reason', changed('reason', 'x'.repeat(4_001))],
    ['an endless id', changed('approvalId', 'x'.repeat(201))],
    ['no time', changed('at', 7)],
    ['a reason of the door that is none', changed('unheard', 'constructor')],
    ['no reason of the door', changed('unheard', null)],
  ]
  for (const [what, value] of NONE) test(`${what} is no decision`, () => assert.equal(readSigned(value), null))

  test('nothing at all makes it throw', () => {
    fc.assert(fc.property(fc.anything(), value => void readSigned(value)))
  })
})

describe('rows', () => {
  test('a try that counts keeps its reason, a refused one why', () => {
    const counted = decide(gateOf(), said('ben', 'approve', { reason: 'seen it' }))
    assert.deepEqual(attemptRow(counted.gate, 'd', counted.attempt, 'attempt-1').row, {
      approvalId: 'APR-0123456789',
      entry: 'attempt-1',
      kind: 'attempt',
      workflowId: 'change:alpha',
      at: at(1, 1),
      person: 'ben',
      door: 'slack',
      verdict: 'approve',
      digest: 'd',
      counted: true,
      text: 'seen it',
    })
    const refused = decide(gateOf(), said('ana', 'approve'))
    assert.match(JSON.stringify(attemptRow(refused.gate, 'd', refused.attempt, 'attempt-2')), /asked for this yourself/)
  })

  test('an end, a later void and a stray decision have keys of their own', () => {
    const approved = decide(gateOf(), said('ben', 'approve')).gate
    const run = { workflowId: 'change:alpha', runId: 'r1' }
    const keys = [
      closedRow(approved, at(1), null),
      closedRow({ ...approved, state: 'void' }, at(2), 'the plan moved'),
      strayRow(run, said('ben', 'approve'), at(1), 1),
      strayRow(run, null, at(1), 2),
    ].map(rowKey)
    assert.equal(new Set(keys).size, 4)
    assert.equal(keys[3], 'unreadable/stray-r1-2')
  })

  test('the end says who and why', () => {
    assert.equal(endingWords(decide(gateOf(), said('ben', 'approve')).gate), 'Approved by ben: it is needed')
    assert.match(endingWords(decide(gateOf(), said('dee', 'breakglass')).gate), /^Broken glass by dee: /)
    assert.equal(endingWords(decide(gateOf(), said('cy', 'deny', { reason: 'no' })).gate), 'Denied by cy: no')
  })
})

describe('the gate of a change', () => {
  const rules = {
    approvers: 'approvers',
    escalation: 'leads',
    emergency: 'emergency',
    remindMinutes: 10,
    escalateMinutes: 15,
    expireMinutes: 60,
  }
  const request = {
    change: { name: 'restart', host: 'alpha', parameters: {} },
    incident: 'INC-7',
    incidentWorkflowId: 'incident:x',
    number: 1,
    requestedBy: 'ana',
    why: 'it answers nobody',
    evidence: ['502'],
    alone: 'ana',
  } as const
  const found = { title: 'restart', steps: ['a'], undo: null, impact: 'i', parameters: {}, before: { pid: '1' } }

  test('while changes are frozen only the emergency group decides, and nobody alone', () => {
    const plan = changePlan(request, found, at(60))
    const frozen = changeGate(request, 'restart', plan, rules, { by: 'dee', reason: 'audit', since: at(0) })
    assert.deepEqual(
      [frozen.policy.group, frozen.policy.escalation, frozen.policy.alone],
      ['emergency', 'emergency', null],
    )
    assert.match(frozen.evidence[0] ?? '', /frozen since .* by dee: audit/)
    const usual = changeGate(request, 'restart', plan, rules, null)
    assert.deepEqual([usual.policy.group, usual.policy.alone], ['approvers', 'ana'])
  })

  test('another step is another plan; what was there before is not', () => {
    const plan = changePlan(request, found, at(60))
    assert.ok(isSamePlan(plan, changePlan(request, { ...found, before: { pid: '2' } }, at(60))))
    assert.ok(!isSamePlan(plan, changePlan(request, { ...found, steps: ['b'] }, at(60))))
  })

  test('an approval is used at once or not at all, and not in a freeze that came after the asking', () => {
    const approved = decide(gateOf(), said('ben', 'approve', { at: at(30) })).gate
    assert.equal(reasonToStop(approved, null, at(40)), null)
    assert.match(reasonToStop(approved, null, at(40, 2)) ?? '', /more than ten minutes old/)
    const freeze = { by: 'dee', reason: 'audit', since: at(0) }
    assert.match(reasonToStop(approved, freeze, at(31)) ?? '', /frozen by dee \(audit\)/)
    const byEmergency = decide(gateOf({ group: 'emergency' }), said('ben', 'approve', { at: at(30) })).gate
    assert.equal(reasonToStop(byEmergency, freeze, at(31)), null)
    assert.match(reasonToStop(gateOf(), null, at(1)) ?? '', /not used/, 'what nobody approved is no approval')
  })

  test('its release is that of the package', () => {
    const about: { version: string } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'),
    )
    assert.equal(RELEASE, about.version)
  })
})

test('a notice mentions whom it is for and nobody whom the text names', () => {
  const people = ['ana', 'ben', 'cy', 'dee'].map(id => ({
    id,
    name: id,
    email: `${id}@example.test`,
    phone: null,
    slackUsers: [`U0${id.toUpperCase()}`],
  }))
  const team = { people, groups: GROUPS } as unknown as Parameters<typeof gateNotice>[2]
  const gate = { ...gateOf(), request: requestOf({ title: 'restart <!channel> <@U0EVE>' }) }
  const notice = gateNotice('remind', gate, team)
  assert.deepEqual(notice?.people, ['ben', 'cy'])
  assert.deepEqual(notice?.addresses, ['ben@example.test', 'cy@example.test'])
  assert.match(notice?.message.text ?? '', /^<@U0BEN> <@U0CY> restart &lt;!channel&gt;/)
  assert.doesNotMatch(notice?.message.text ?? '', /<!channel>|<@U0EVE>/)
  assert.equal(gateNotice('skipped', gate, team), null)
})
