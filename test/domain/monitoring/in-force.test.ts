/** Whether the rules in force are those of a file, and what people are asked before that. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isSamePlan } from '../../../domain/approvals/change-gate.ts'
import { isInForce, type RuleKey, seeRules, sightWords } from '../../../domain/monitoring/in-force.ts'
import {
  type MonitoringPlan,
  type MonitoringRequest,
  monitoringGate,
  monitoringPlan,
} from '../../../domain/monitoring/update.ts'
import { team } from '../../support/team.ts'

const key = (name: string, query = 'up == 0', group = 'g'): RuleKey => ({ group, name, query })
const [a, b, c] = [key('A'), key('B'), key('C')]

describe('what is in force', () => {
  const CASES: readonly (readonly [
    what: string,
    wanted: readonly RuleKey[],
    other: readonly RuleKey[],
    inForce: readonly RuleKey[],
    words: string,
  ])[] = [
    ['is the new file', [a, b], [a, c], [a, b], 'all 2 rules are in force'],
    ['has rules of other files beside it', [a], [b], [c, a], 'all 1 rules are in force'],
    ['lacks a rule', [a, b], [a], [a], 'not in force: B (g)'],
    ['still has one that was removed', [a], [a, b], [a, b], 'still in force: B (g)'],
    ['is the former file', [key('A', 'up < 1')], [a], [a], 'not in force: A (g); still in force: A (g)'],
    ['has the rule in another group', [a], [], [key('A', 'up == 0', 'h')], 'not in force: A (g)'],
    ['has one of two that are the same', [a, a], [], [a], 'not in force: A (g)'],
    ['is told by its first few', [a, b, c, key('D')], [], [], 'not in force: A (g), B (g), C (g), and 1 more'],
    ['of nothing is complete', [], [], [], 'all 0 rules are in force'],
  ]
  for (const [what, wanted, other, inForce, words] of CASES) {
    test(what, () => {
      const sight = seeRules(wanted, other, inForce)
      assert.equal(sightWords(sight, wanted), words)
      assert.equal(isInForce(sight), words.startsWith('all '))
    })
  }
})

describe('what people are asked', () => {
  const request: MonitoringRequest = {
    rules: 'b'.repeat(64),
    tests: ['c'.repeat(64)],
    why: 'it fired at night',
    requestedBy: 'ana',
    incident: { name: 'INC-7', workflowId: 'incident:x' },
  }
  const planned: MonitoringPlan = {
    file: '/etc/prometheus/rules.yml',
    from: 'a'.repeat(64),
    to: request.rules,
    summary: '1 added',
    changes: ['added: alert A (g): up == 0'],
    evidence: ['promtool finds nothing wrong'],
  }
  const at = '2026-11-24T00:00:00.000Z'
  const plan = monitoringPlan(request, planned, at)

  test('names both versions, the tests and the difference, and not the file', () => {
    assert.deepEqual(plan.parameters, { rules: planned.to, replaces: planned.from, tests: 'c'.repeat(64) })
    assert.deepEqual(plan.steps.slice(1), planned.changes)
    assert.ok(plan.undo !== null)
    const gate = monitoringGate(request, planned, plan, team.approvals, null)
    assert.equal(gate.title, 'new rules for Prometheus, RULES-bbbbbbbbbb: 1 added')
    assert.deepEqual([gate.requestedBy, gate.incident, gate.policy.group], ['ana', 'INC-7', team.approvals.approvers])
    assert.deepEqual(gate.evidence, planned.evidence)
    assert.equal(gate.policy.alone, null)
  })

  test('is another plan when the file was edited meanwhile', () => {
    assert.ok(isSamePlan(plan, monitoringPlan(request, { ...planned, evidence: [] }, at)))
    assert.ok(!isSamePlan(plan, monitoringPlan(request, { ...planned, from: 'd'.repeat(64) }, at)))
  })

  test('goes to the emergency group while changes are frozen', () => {
    const frozen = { by: 'dee', reason: 'audit', since: at }
    const gate = monitoringGate(request, planned, plan, team.approvals, frozen)
    assert.equal(gate.policy.group, team.approvals.emergency)
    assert.match(gate.evidence[0] ?? '', /frozen since .* by dee: audit/)
  })
})
