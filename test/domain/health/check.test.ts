import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Estate } from '../../../domain/estate.ts'
import { judgeHealth } from '../../../domain/health/check.ts'
import type { HostAnswer, HostFacts } from '../../../domain/health/facts.ts'
import type { TargetBackground } from '../../../domain/ledger.ts'
import { observed, unknown } from '../../../domain/observed.ts'
import type { FindingVerdict, Verdict } from '../../../domain/verdicts.ts'
import {
  alpha,
  availability,
  beta,
  estate,
  greeting,
  healthyHost,
  log,
  primaryDatabase,
  system,
} from '../../support/facts.ts'

const DAY = '2026-11-23'
const AT = '2026-11-23T09:00:00.000Z'
const WHEN = { day: DAY, at: AT }

const healthy = healthyHost(alpha)

function judge(facts: HostFacts, changes: Partial<Estate> = {}, history: readonly TargetBackground[] = []) {
  const answers: readonly HostAnswer[] = [{ kind: 'answered', facts }]
  return judgeHealth({ ...estate, ...changes }, answers, history, [], WHEN)
}

function service(changes: Partial<(typeof system.service & { kind: 'observed' })['value']>): HostFacts {
  if (system.service.kind !== 'observed') throw new Error('the healthy service is observed')
  return { ...healthy, system: { ...system, service: observed({ ...system.service.value, ...changes }) } }
}

test('a healthy estate is ok on both hosts', () => {
  const answers: readonly HostAnswer[] = [alpha, beta].map(host => ({ kind: 'answered', facts: healthyHost(host) }))
  const { verdict, targets, findings } = judgeHealth(estate, answers, [], [], WHEN)
  assert.deepEqual(targets, [
    { name: 'alpha', verdict: 'ok' },
    { name: 'beta', verdict: 'ok' },
  ])
  assert.equal(verdict, 'ok')
  assert.ok(findings.every(finding => finding.verdict === 'ok' || finding.verdict === 'skipped'))
})

test('every finding that is not ok says what to do next', () => {
  const broken: HostFacts = {
    ...service({ activeState: 'failed', result: 'exit-code' }),
    availability: observed({
      ...availability,
      first: { kind: 'refused', latencyMs: 3, reason: '200 text/html' },
      latenciesMs: [],
    }),
    database: observed({ kind: 'unreachable', reason: 'connection refused' }),
    log: unknown('the log file is missing', 'Check service.log in the estate file.'),
  }
  const wrong = judge(broken).findings.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'skipped')
  assert.ok(wrong.length >= 4)
  assert.deepEqual(
    wrong.filter(({ hint }) => hint === ''),
    [],
  )
})

describe('one changed fact, one judged finding', () => {
  const cases: readonly { title: string; facts: HostFacts; id: string; expected: FindingVerdict; overall?: Verdict }[] =
    [
      {
        title: 'unit not installed',
        facts: service({ loadState: 'not-found' }),
        id: 'service.state',
        expected: 'fail',
      },
      { title: 'unit stopped', facts: service({ activeState: 'inactive' }), id: 'service.state', expected: 'fail' },
      {
        title: 'unit in a crash loop',
        facts: service({ activeState: 'activating', subState: 'auto-restart', restarts: 4 }),
        id: 'service.state',
        expected: 'fail',
      },
      {
        title: 'unit starting for a moment',
        facts: service({ activeState: 'activating', subState: 'start', stateSeconds: 5 }),
        id: 'service.state',
        expected: 'unknown',
        overall: 'unknown',
      },
      {
        title: 'unit starting for too long',
        facts: service({ activeState: 'activating', subState: 'start', stateSeconds: 61 }),
        id: 'service.state',
        expected: 'warn',
      },
      {
        title: 'unit reloading',
        facts: service({ activeState: 'reloading', subState: 'reload' }),
        id: 'service.state',
        expected: 'ok',
      },
      { title: 'restarted since the last run', facts: service({ restarts: 2 }), id: 'service.state', expected: 'warn' },
      {
        title: 'another unit failed',
        facts: { ...healthy, system: { ...system, failedUnits: observed(['logrotate.service']) } },
        id: 'service.failed-units',
        expected: 'warn',
      },
      { title: 'disk above 85 %', facts: disk(86, 2), id: 'disk.used:/var', expected: 'warn' },
      { title: 'disk at 85 %', facts: disk(85, 2), id: 'disk.used:/var', expected: 'ok' },
      {
        title: 'no disk seen at all',
        facts: { ...healthy, system: { ...system, disks: observed([]) } },
        id: 'disk.used',
        expected: 'unknown',
      },
      { title: 'disk above 95 %', facts: disk(96, 2), id: 'disk.used:/var', expected: 'fail' },
      { title: 'inodes above 95 %', facts: disk(10, 96), id: 'disk.used:/var', expected: 'fail' },
      {
        title: 'load above the cores',
        facts: { ...healthy, system: { ...system, load: observed({ load1: 3, load5: 2.1, cores: 2 }) } },
        id: 'load',
        expected: 'warn',
      },
      {
        title: 'nothing observed is unknown',
        facts: { ...healthy, system: { ...system, memory: unknown('no /proc/meminfo', 'Is this Linux?') } },
        id: 'memory.used',
        expected: 'unknown',
        overall: 'unknown',
      },
      {
        title: 'HTML instead of ACP',
        facts: refusing('200 text/html instead of application/json'),
        id: 'acp.handshake',
        expected: 'fail',
      },
      {
        title: 'an agent of another protocol version',
        facts: { ...healthy, availability: observed({ ...availability, first: answered({ protocolVersion: 2 }) }) },
        id: 'acp.handshake',
        expected: 'fail',
      },
      {
        title: 'slow handshakes',
        facts: {
          ...healthy,
          availability: observed({ ...availability, latenciesMs: Array(20).fill(600) }),
        },
        id: 'acp.latency',
        expected: 'warn',
      },
      {
        title: 'one of twenty handshakes fails',
        facts: {
          ...healthy,
          availability: observed({
            ...availability,
            latenciesMs: availability.latenciesMs.slice(1),
            refusals: ['no answer in 5 s'],
          }),
        },
        id: 'acp.latency',
        expected: 'fail',
      },
      {
        title: 'connections left open',
        facts: { ...healthy, availability: observed({ ...availability, connectionsAfter: 21 }) },
        id: 'acp.connections',
        expected: 'warn',
      },
      { title: '2 % of requests fail', facts: logging({ failedRequests: 10 }), id: 'log.errors', expected: 'warn' },
      { title: '6 % of requests fail', facts: logging({ failedRequests: 30 }), id: 'log.errors', expected: 'fail' },
      {
        title: 'errors among too few requests for a rate',
        facts: logging({ requests: 3, errors: 1 }),
        id: 'log.errors',
        expected: 'warn',
      },
      {
        title: 'no record at all',
        facts: logging({ records: 0 }),
        id: 'log.readable',
        expected: 'unknown',
        overall: 'unknown',
      },
      {
        title: 'too few requests for percentiles',
        facts: logging({ durations: { n: 19, mean: 9e3, p50: 9e3, p90: 9e3, p95: 9e3, p99: 9e3, max: 9e3 } }),
        id: 'requests.duration',
        expected: 'skipped',
        overall: 'ok',
      },
      {
        title: 'memory at its budget',
        facts: using({ memoryBytes: 500_000_000 }),
        id: 'service.memory',
        expected: 'fail',
      },
      { title: 'CPU at its budget', facts: using({ cpuPercent: 30 }), id: 'service.cpu', expected: 'fail' },
      {
        title: 'more than 80 % of the sessions',
        facts: { ...healthy, sessions: observed({ open: 41 }) },
        id: 'sessions.open',
        expected: 'warn',
      },
      {
        title: 'database stopped',
        facts: { ...healthy, database: observed({ kind: 'unreachable', reason: 'connection refused' }) },
        id: 'database.reachable',
        expected: 'fail',
      },
      {
        title: 'no standby streams',
        facts: replicating({ kind: 'primary', standbys: [], inactiveSlots: ['beta'] }),
        id: 'database.replication',
        expected: 'warn',
      },
      {
        title: 'primary in the wrong role',
        facts: replicating({ kind: 'standby', streaming: true, lagSeconds: 0, lagBytes: 0 }),
        id: 'database.role',
        expected: 'fail',
      },
    ]
  for (const { title, facts, id, expected, overall } of cases) {
    test(`${title}: ${id} is ${expected}`, () => {
      const { findings, verdict } = judge(facts)
      assert.equal(findings.find(finding => finding.id === id)?.verdict, expected)
      assert.equal(verdict, overall ?? expected)
    })
  }
})

describe('a standby is judged as a standby', () => {
  const standby = healthyHost(beta)
  const cases: readonly { title: string; streaming: boolean; lagSeconds: number | null; expected: FindingVerdict }[] = [
    { title: 'streams without lag', streaming: true, lagSeconds: 0, expected: 'ok' },
    { title: 'lags', streaming: true, lagSeconds: 11, expected: 'warn' },
    { title: 'lags much', streaming: true, lagSeconds: 61, expected: 'fail' },
    { title: 'does not stream', streaming: false, lagSeconds: null, expected: 'fail' },
    { title: 'streams with unknown lag', streaming: true, lagSeconds: null, expected: 'unknown' },
  ]
  for (const { title, streaming, lagSeconds, expected } of cases) {
    test(title, () => {
      const database = observed({
        ...primaryDatabase,
        replication: { kind: 'standby' as const, streaming, lagSeconds, lagBytes: null },
      } as typeof primaryDatabase)
      const { findings } = judge({ ...standby, database })
      assert.equal(findings.find(({ id }) => id === 'database.replication')?.verdict, expected)
    })
  }
})

describe('reboots', () => {
  const last = { nominalTime: '2026-11-22T09:00:00Z', bootId: 'boot-0', restarts: 5 }
  // The healthy host is up for an hour at nine.
  const planned = [
    {
      id: 'e',
      kind: 'planned-restart' as const,
      target: 'alpha',
      at: '2026-11-23T08:01:00.000Z',
      reason: 'estate started',
      by: 'start',
    },
  ]
  test('nobody announced it', () => {
    const { findings } = judge(healthy, {}, [{ target: 'alpha', last, plannedRestarts: [] }])
    assert.equal(findings.find(({ id }) => id === 'host.uptime')?.verdict, 'warn')
  })
  test('it was planned', () => {
    const { findings } = judge(healthy, {}, [{ target: 'alpha', last, plannedRestarts: planned }])
    assert.equal(findings.find(({ id }) => id === 'host.uptime')?.verdict, 'ok')
  })
  test('a note about another restart does not cover this one', () => {
    const [note] = planned
    const earlier = note === undefined ? [] : [{ ...note, at: '2026-11-23T03:00:00.000Z' }]
    const { findings } = judge(healthy, {}, [{ target: 'alpha', last, plannedRestarts: earlier }])
    assert.equal(findings.find(({ id }) => id === 'host.uptime')?.verdict, 'warn')
  })
  test('a counter that began anew after a start by hand has counted only new crashes', () => {
    const same = { ...last, bootId: greeting.bootId }
    const { findings } = judge(service({ restarts: 3 }), {}, [{ target: 'alpha', last: same, plannedRestarts: [] }])
    assert.equal(findings.find(({ id }) => id === 'service.state')?.verdict, 'warn')
  })
  test('the restart counter of another boot is not compared', () => {
    const { findings } = judge(service({ restarts: 1 }), {}, [{ target: 'alpha', last, plannedRestarts: planned }])
    assert.equal(findings.find(({ id }) => id === 'service.state')?.verdict, 'warn')
  })
  test('the counter of the same boot is compared', () => {
    const same = { ...last, bootId: greeting.bootId }
    const { findings } = judge(service({ restarts: 5 }), {}, [{ target: 'alpha', last: same, plannedRestarts: [] }])
    assert.equal(findings.find(({ id }) => id === 'service.state')?.verdict, 'ok')
  })
})

describe('silence, clocks and waivers', () => {
  test('what a host said before it fell silent still counts', () => {
    const full = { ...disk(99, 2), silence: 'its worker stopped in the middle of a step' }
    const { verdict, findings } = judge(full)
    assert.equal(verdict, 'fail')
    assert.equal(findings.find(({ id }) => id === 'host.silent')?.verdict, 'unknown')
  })

  test('a silent host is unknown and the others still report', () => {
    const answers: readonly HostAnswer[] = [
      { kind: 'answered', facts: healthy },
      { kind: 'silent', host: beta, reason: 'its worker took no task within 10 s' },
    ]
    const { verdict, targets } = judgeHealth(estate, answers, [], [], WHEN)
    assert.equal(verdict, 'unknown')
    assert.deepEqual(targets, [
      { name: 'alpha', verdict: 'ok' },
      { name: 'beta', verdict: 'unknown' },
    ])
  })

  for (const [offset, uncertainty, expected] of [
    [400, 0, 'ok'],
    [700, 0, 'warn'],
    [700, 300, 'ok'],
    [6_000, 10, 'fail'],
  ] as const) {
    test(`clocks ${offset} ms apart, ${uncertainty} ms uncertain: ${expected}`, () => {
      const late = {
        ...healthyHost(beta),
        greeting: { ...greeting, clockOffsetMs: offset, clockUncertaintyMs: uncertainty },
      }
      const early = { ...healthy, greeting: { ...greeting, clockOffsetMs: 0, clockUncertaintyMs: 0 } }
      const answers: readonly HostAnswer[] = [early, late].map(facts => ({ kind: 'answered', facts }))
      const { findings } = judgeHealth(estate, answers, [], [], WHEN)
      assert.equal(findings.find(({ id }) => id === 'clock.skew')?.verdict, expected)
    })
  }

  test('a waiver shows the finding and takes it out of the verdict, until its last day', () => {
    const waiver = { finding: 'disk.*', target: 'alpha', reason: 'disk is on order', owner: 'ana', until: DAY }
    const waived = judge(disk(96, 2), { waivers: [waiver] })
    assert.equal(waived.verdict, 'ok')
    const finding = waived.findings.find(({ id }) => id === 'disk.used:/var')
    assert.equal(finding?.verdict, 'fail')
    assert.deepEqual(finding?.waived, { reason: 'disk is on order', owner: 'ana', until: DAY })
    assert.equal(judge(disk(96, 2), { waivers: [{ ...waiver, until: '2026-11-22' }] }).verdict, 'fail')
    assert.equal(judge(disk(96, 2), { waivers: [{ ...waiver, target: 'beta' }] }).verdict, 'fail')
  })
})

function disk(usedPercent: number, inodesUsedPercent: number): HostFacts {
  const facts = {
    mount: '/var',
    source: '/dev/loop0',
    sizeBytes: 3e9,
    availableBytes: 1e9,
    usedPercent,
    inodesUsedPercent,
  }
  return { ...healthy, system: { ...system, disks: observed([facts]) } }
}

function answered(changes: { readonly latencyMs?: number; readonly protocolVersion?: number }) {
  return {
    kind: 'answered' as const,
    latencyMs: 5,
    protocolVersion: 1,
    agentName: 'OpenCode',
    agentVersion: '1.18.33',
    ...changes,
  }
}

function refusing(reason: string): HostFacts {
  return {
    ...healthy,
    availability: observed({ ...availability, first: { kind: 'refused', latencyMs: 8, reason }, latenciesMs: [] }),
  }
}

function logging(changes: Partial<typeof log>): HostFacts {
  return { ...healthy, log: observed({ ...log, ...changes }) }
}

function using(changes: { readonly memoryBytes?: number; readonly cpuPercent?: number }): HostFacts {
  if (healthy.usage?.kind !== 'observed') throw new Error('the healthy usage is observed')
  return { ...healthy, usage: observed({ ...healthy.usage.value, ...changes }) }
}

function replicating(replication: (typeof primaryDatabase & { kind: 'reachable' })['replication']): HostFacts {
  if (primaryDatabase.kind !== 'reachable') throw new Error('the healthy database is reachable')
  return { ...healthy, database: observed({ ...primaryDatabase, replication }) }
}
