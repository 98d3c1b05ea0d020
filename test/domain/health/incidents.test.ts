/** What a failed morning check opens, and what it tells the channel. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding, Waived } from '../../../domain/findings.ts'
import { incidentsOf, morningWords } from '../../../domain/health/incidents.ts'
import type { RunRecord } from '../../../domain/run-record.ts'
import { estate } from '../../support/facts.ts'

const DAY = '2026-11-23'

function finding(id: string, changes: Partial<Finding> = {}): Finding {
  const told = { summary: `${id} is wrong`, hint: '', evidence: {}, manualId: 'D1' }
  return { id, target: 'alpha', verdict: 'fail', ...told, ...changes }
}

function record(findings: readonly Finding[], changes: Partial<RunRecord> = {}): RunRecord {
  return {
    procedure: 'health-check',
    workflowId: 'health-check:all',
    runId: 'run-1',
    target: 'all',
    nominalTime: `${DAY}T09:00:00.000Z`,
    startedAt: `${DAY}T09:00:00.000Z`,
    closedAt: `${DAY}T09:00:12.000Z`,
    status: 'completed',
    verdict: 'fail',
    targets: [
      { name: 'alpha', verdict: 'fail' },
      { name: 'beta', verdict: 'ok' },
    ],
    findings,
    plan: null,
    digest: null,
    gates: [],
    artefacts: [],
    ...changes,
  }
}

const waived: Waived = { reason: 'known', owner: 'ana', until: '2026-12-01' }

test('nothing but a failure that counts opens an incident', () => {
  const findings = [
    finding('service.state', { verdict: 'ok' }),
    finding('disk.used:/var', { verdict: 'warn' }),
    finding('host.silent', { verdict: 'unknown' }),
    finding('zed.agent', { verdict: 'skipped' }),
    finding('memory.used', { waived }),
  ]
  assert.deepEqual(incidentsOf(record(findings), estate, DAY), [])
})

for (const [id, cause, category, severity] of [
  ['service.state', 'availability', 'availability', 'critical'],
  ['acp.handshake', 'availability', 'availability', 'critical'],
  ['acp.connections', 'availability', 'availability', 'critical'],
  ['disk.used:/var', 'disk', 'availability', 'critical'],
  ['log.errors', 'error_rate', 'availability', 'critical'],
  ['database.replication', 'database', 'data', 'critical'],
  ['memory.used', 'memory', 'performance', 'high'],
  ['service.memory', 'memory', 'performance', 'high'],
  ['service.cpu', 'cpu', 'performance', 'high'],
  ['load', 'cpu', 'performance', 'high'],
  ['acp.latency', 'response_time', 'performance', 'high'],
  ['requests.duration', 'response_time', 'performance', 'high'],
  ['sessions.open', 'sessions', 'performance', 'high'],
  ['certificate:/etc/tls.pem', 'certificate', 'configuration', 'high'],
  ['clock.skew', 'clock.skew', 'configuration', 'high'],
] as const) {
  test(`${id} on the primary is ${severity}, of the cause that its alerts have`, () => {
    const [daily, ...others] = incidentsOf(record([finding(id)]), estate, DAY)
    assert.deepEqual(others, [])
    assert.equal(daily?.workflowId, `incident:opencode-acp/${cause}`)
    assert.equal(daily?.once, `health-check/opencode-acp/${cause}/${DAY}`)
    assert.deepEqual(
      [daily?.declaration.category, daily?.declaration.severity, daily?.declaration.hosts],
      [category, severity, ['alpha']],
    )
  })
}

test('what is down on the standby, or on no host, is not critical', () => {
  for (const target of ['beta', 'estate']) {
    const [daily] = incidentsOf(record([finding('service.state', { target })]), estate, DAY)
    assert.equal(daily?.declaration.severity, 'high')
    assert.deepEqual(daily?.declaration.hosts, target === 'beta' ? ['beta'] : [])
  }
})

test('one incident for each cause, with all hosts that have it', () => {
  const found = incidentsOf(
    record([
      finding('service.state', { summary: 'opencode-acp has failed' }),
      finding('acp.handshake', { target: 'beta' }),
      finding('disk.used:/', { target: 'beta' }),
      finding('disk.used:/var', { target: 'beta' }),
    ]),
    estate,
    DAY,
  )
  assert.deepEqual(
    found.map(({ declaration: { cause, title, hosts } }) => [cause, title, hosts]),
    [
      ['opencode-acp/availability', 'opencode-acp has failed', ['alpha', 'beta']],
      ['opencode-acp/disk', 'disk.used:/ is wrong', ['beta']],
    ],
  )
})

test('of one day it is the same, however often it is looked at; each look is heard, and the next day is another one', () => {
  const look = (runId: string, day = DAY) => incidentsOf(record([finding('load')], { runId }), estate, day)[0]
  const [first, second, tomorrow] = [look('run-1'), look('run-2'), look('run-1', '2026-11-24')]
  assert.equal(first?.once, second?.once)
  assert.notEqual(first?.message.id, second?.message.id)
  assert.notEqual(first?.once, tomorrow?.once)
  assert.equal(first?.workflowId, tomorrow?.workflowId)
  assert.equal(first?.declaration.id, first?.once)
})

test('the summary has the verdicts first, then what is to be looked at, the worst first', () => {
  const findings = [
    finding('load', { verdict: 'warn', summary: 'load 9', hint: 'Look at top.' }),
    finding('service.state', { summary: 'it is down' }),
    finding('memory.used', { waived }),
    finding('host.answers', { verdict: 'ok' }),
  ]
  assert.deepEqual(morningWords(record(findings), DAY).split('\n'), [
    'Morning health check of 2026-11-23: fail (alpha fail, beta ok)',
    '• fail alpha: it is down',
    '• warn alpha: load 9 (Look at top.)',
  ])
})

test('a bad morning fits into one message', () => {
  const findings = Array.from({ length: 40 }, (_, index) => finding(`disk.used:/${index}`))
  const lines = morningWords(record(findings), DAY).split('\n')
  assert.equal(lines.length, 14)
  assert.equal(lines.at(-1), '• … and 28 more: ops report health-check:all')
  const ok = record([], { verdict: 'ok', targets: [{ name: 'alpha', verdict: 'ok' }] })
  assert.equal(morningWords(ok, DAY), 'Morning health check of 2026-11-23: ok (alpha ok)')
})
