import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '../../domain/findings.ts'
import { incidentLog } from '../../domain/incident-log.ts'
import type { RunRecord } from '../../domain/run-record.ts'

const finding = (target: string, id: string, verdict: Finding['verdict'], more: Partial<Finding> = {}): Finding => ({
  id,
  target,
  verdict,
  summary: `${id} is ${verdict}`,
  evidence: {},
  hint: '',
  manualId: 'D1',
  ...more,
})

const record = (findings: readonly Finding[]): RunRecord => ({
  procedure: 'health-check',
  workflowId: 'health-check:all',
  runId: 'r1',
  target: 'all',
  nominalTime: '2026-11-23T09:00:00.000Z',
  startedAt: '2026-11-23T09:00:00.000Z',
  closedAt: '2026-11-23T09:00:12.000Z',
  status: 'completed',
  verdict: 'fail',
  targets: [],
  findings,
  plan: null,
  digest: null,
  gates: [],
  artefacts: [],
})

test('each target that failed gets one event, recognised when it is written again', () => {
  const findings = [
    finding('alpha', 'a', 'fail'),
    finding('alpha', 'b', 'fail'),
    finding('alpha', 'c', 'fail'),
    finding('alpha', 'd', 'fail'),
    finding('beta', 'a', 'warn'),
  ]
  assert.deepEqual(incidentLog(record(findings)), [
    {
      id: 'r1/alpha/failed',
      kind: 'failed-check',
      target: 'alpha',
      at: '2026-11-23T09:00:12.000Z',
      reason: 'a is fail; b is fail; c is fail (and 1 more)',
      by: 'health-check:all',
    },
  ])
})

test('what is waived, unknown or a warning leaves none', () => {
  const waived = { reason: 'known', owner: 'ana', until: '2026-12-01' }
  const findings = [
    finding('alpha', 'a', 'fail', { waived }),
    finding('beta', 'a', 'unknown'),
    finding('beta', 'b', 'warn'),
  ]
  assert.deepEqual(incidentLog(record(findings)), [])
})
