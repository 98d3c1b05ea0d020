/** Reports as they come up in life: all well, failing, a silent host, waived, the first day, and texts that try the page. */
import type { Finding } from '../../domain/findings.ts'
import type { MetricUnit } from '../../domain/measurements.ts'
import type { Change, ReportModel, ReportTrend } from '../../domain/report/model.ts'
import type { RunRecord } from '../../domain/run-record.ts'
import type { Verdict } from '../../domain/verdicts.ts'

const RUN = '01a2b3c4-5d6e-7f80-9a0b-1c2d3e4f5061'

export function found(id: string, verdict: Finding['verdict'], summary: string, more: Partial<Finding> = {}): Finding {
  return { id, target: 'alpha', verdict, summary, evidence: {}, hint: '', manualId: 'D1.1a', ...more }
}

function fine(target: string): readonly Finding[] {
  return [
    found('host.answers', 'ok', `${target} answers`, { target, manualId: 'D1' }),
    found('service.state', 'ok', 'opencode-acp is active (running)', {
      target,
      evidence: { activeState: 'active', subState: 'running', restarts: 0, mainPid: 4242 },
    }),
    found('disk.used:/', 'ok', '/ is 41.2 % full, 21804 MB left', {
      target,
      evidence: { usedPercent: 41.2, source: 'overlay' },
      manualId: 'D1.1c',
    }),
    found('disk.used:/var', 'ok', '/var is 12.9 % full, 1604 MB left', {
      target,
      evidence: { usedPercent: 12.9, source: '/dev/loop3' },
      manualId: 'D1.1c',
    }),
    found('memory.used', 'ok', '38.4 % of memory is in use, 14890 MB available', {
      target,
      evidence: { usedPercent: 38.4, pressureAvg60: 0 },
      manualId: 'D1.1d',
    }),
    found('acp.available', 'ok', 'OpenCode 1.18.33 speaks ACP protocol 1', {
      target,
      evidence: { agentName: 'OpenCode', agentVersion: '1.18.33', protocolVersion: 1 },
      manualId: 'D1.2a',
    }),
    found('acp.latency', 'ok', '20 handshakes, p95 31.4 ms', {
      target,
      evidence: { n: 20, p50: 12.1, p95: 31.4 },
      manualId: 'D1.2b',
    }),
    found('log.errors', 'ok', '3 errors in 24 h, 0.2 % of 1,480 requests', {
      target,
      evidence: { errors: 3, requests: 1480 },
      manualId: 'D1.3a',
    }),
    found('database.reachable', 'ok', 'PostgreSQL 15.18 answers as primary', { target, manualId: 'D1.1' }),
    found('zed.agent', 'skipped', 'not configured', { target, manualId: 'D1.1b' }),
    found('requests.p95', 'skipped', '7 requests: fewer than 20 samples say nothing', { target, manualId: 'D1.4a' }),
  ]
}

const FAILURES: readonly Finding[] = [
  found('service.state', 'fail', 'opencode-acp is failed (exit-code)', {
    hint: 'Run "systemctl status opencode-acp" and "journalctl -u opencode-acp -n 50" on alpha. Then "systemctl start opencode-acp".',
    evidence: {
      loadState: 'loaded',
      activeState: 'failed',
      subState: 'failed',
      result: 'exit-code',
      restarts: 5,
      mainPid: 0,
      exitStatus: 1,
      stateSeconds: 812,
    },
  }),
  found('acp.available', 'fail', 'the answer is a web page, not ACP: 200 text/html', {
    hint: 'Something else listens on port 3000: "ss -ltnp sport = :3000".',
    evidence: { contentType: 'text/html', status: 200 },
    manualId: 'D1.2a',
  }),
  found('disk.used:/var', 'warn', '/var is 88.4 % full, 211 MB left', {
    hint: 'Free space on /var of alpha: "du -xh -d1 /var | sort -h" shows where it went.',
    evidence: { usedPercent: 88.4, availableBytes: 211_000_000, source: '/dev/loop3' },
    manualId: 'D1.1c',
  }),
  found('service.failed-units', 'warn', '2 units failed: nvmf-autoconnect.service, openipmi.service', {
    hint: 'Run "systemctl status nvmf-autoconnect.service" on alpha; "systemctl reset-failed" once it is understood.',
    evidence: { units: ['nvmf-autoconnect.service', 'openipmi.service'] },
  }),
  found('log.errors', 'unknown', '/var/log/opencode-acp.log cannot be read: permission denied', {
    hint: 'Give the group ops-host-worker the right to read it.',
    manualId: 'D1.3a',
  }),
]

const WAIVED: readonly Finding[] = [
  found('certificate:/etc/opencode/tls.pem', 'warn', '/etc/opencode/tls.pem is valid for 21 more days', {
    evidence: { subject: 'CN=alpha', notAfter: '2026-12-14T00:00:00Z', daysLeft: 21 },
    hint: 'Renew the certificate /etc/opencode/tls.pem on alpha.',
    manualId: 'T70',
    waived: { reason: 'the new one is ordered, ticket 4711', owner: 'ana', until: '2026-12-01' },
  }),
]

const CLOCKS = found('clock.skew', 'ok', 'the clocks of 2 hosts differ by 0.4 ms', {
  target: 'estate',
  manualId: 'D1.1',
})

function record(verdict: Verdict, findings: readonly Finding[], targets: RunRecord['targets']): RunRecord {
  return {
    procedure: 'health-check',
    workflowId: 'health-check:all',
    runId: RUN,
    target: 'all',
    nominalTime: '2026-11-23T08:00:00.000Z',
    startedAt: '2026-11-23T08:00:01.120Z',
    closedAt: '2026-11-23T08:00:19.482Z',
    status: 'completed',
    verdict,
    targets,
    findings,
    plan: null,
    digest: null,
    gates: [],
    artefacts: [{ kind: 'log-excerpt', ref: `sha256:${'3f'.repeat(32)}`, bytes: 18_231, sha256: '3f'.repeat(32) }],
  }
}

const METRICS: readonly [metric: string, unit: MetricUnit, typical: number][] = [
  ['acp.handshake.p50', 'ms', 12.1],
  ['acp.handshake.p95', 'ms', 31.4],
  ['log.errors', 'count', 3],
  ['log.warnings', 'count', 18],
  ['requests.count', 'count', 1_480],
  ['requests.error-rate', 'percent', 0.2],
  ['requests.p95', 'ms', 84],
  ['service.memory', 'bytes', 412_000_000],
  ['service.cpu', 'percent', 6.4],
  ['sessions.open', 'count', 2],
  ['memory.used', 'percent', 38.4],
  ['disk.used:/', 'percent', 41.2],
  ['disk.used:/var', 'percent', 12.9],
  ['database.connections', 'count', 9],
]

function trends(target: string, days: number, growth = 1): readonly ReportTrend[] {
  return METRICS.map(([metric, unit, typical], row) => {
    const week = Array.from({ length: days }, (_, day) => ({
      target,
      metric,
      day: `2026-11-${23 - days + day}`,
      // Any wave will do, as long as it is the same one each time.
      value: typical * (1 + 0.18 * Math.sin(3 * day + row)),
    }))
    const sorted = week.map(({ value }) => value).toSorted((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)] ?? null
    const value = row === 1 ? typical * growth : typical
    const changePercent = median === null ? null : (100 * (value - median)) / median
    return { target, metric, unit, value, n: 20, median, days, changePercent, week }
  })
}

function handshakes(target: string, base: number): ReportModel['latencies'][number] {
  return {
    target,
    samplesMs: Array.from({ length: 20 }, (_, i) => base + 4 * Math.sin(i * 1.7) + (i === 7 ? base * 1.6 : 0)),
  }
}

function model(run: RunRecord, more: Partial<ReportModel> = {}): ReportModel {
  return {
    record: run,
    title: 'Morning health check',
    estate: 'sandbox',
    timezone: 'Europe/Berlin',
    changes: run.targets.map(({ name }) => ({ target: name, since: '2026-11-22T08:00:00.000Z', changes: [] })),
    trends: run.targets.flatMap(({ name }) => trends(name, 7)),
    latencies: [handshakes('alpha', 12), handshakes('beta', 14)],
    logPatterns: [
      {
        target: 'alpha',
        errors: [{ fingerprint: 'tool <str> failed: exit code <n>', count: 3 }],
        warnings: [
          { fingerprint: 'session <id> idle for <n> s, closing', count: 14 },
          { fingerprint: 'slow request <id>: <n> ms', count: 4 },
        ],
      },
    ],
    ledgerHead: { sequence: 5_120, hash: '9c1e'.repeat(16) },
    checklist: [
      { title: 'Read the estate file', state: 'done', note: '2 of 2 hosts' },
      { title: 'Recall earlier runs', state: 'done', note: null },
      { title: 'alpha: unit and machine (D1.1)', state: 'done', note: null },
      { title: 'beta: unit and machine (D1.1)', state: 'skipped', note: 'host is silent' },
      { title: 'Judge', state: 'done', note: 'ok (alpha ok, beta ok)' },
      { title: 'Write ledger and reports', state: 'running', note: null },
    ],
    ...more,
  }
}

const BOTH_OK = [
  { name: 'alpha', verdict: 'ok' },
  { name: 'beta', verdict: 'ok' },
] as const

function change(kind: Change['kind'], id: string, before: Change['before'], now: Change['now'], summary = ''): Change {
  return { kind, target: 'alpha', id, before, now, summary }
}

const LONG = 'a-very-long-name-without-any-place-to-break-'.repeat(6)

/** Tries to break out of text, attribute, style and comment, and to reach the network. */
export const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&amp;</style><!-- {{x}} \${y} \u202e`

export const SAMPLES = {
  ok: model(record('ok', [...fine('alpha'), ...fine('beta'), CLOCKS], BOTH_OK)),
  fail: model(
    record(
      'fail',
      [
        ...fine('alpha').filter(({ id }) => !FAILURES.some(failure => failure.id === id)),
        ...FAILURES,
        ...WAIVED,
        ...fine('beta'),
        CLOCKS,
      ],
      [
        { name: 'alpha', verdict: 'fail' },
        { name: 'beta', verdict: 'ok' },
      ],
    ),
    {
      changes: [
        {
          target: 'alpha',
          since: '2026-11-22T08:00:00.000Z',
          changes: [
            change('new', 'service.state', 'ok', 'fail', 'opencode-acp is failed (exit-code)'),
            change('new', 'acp.available', 'ok', 'fail', 'the answer is a web page, not ACP: 200 text/html'),
            change(
              'worse',
              'log.errors',
              'warn',
              'unknown',
              '/var/log/opencode-acp.log cannot be read: permission denied',
            ),
            change('gone', 'disk.used:/mnt/old', 'fail', null),
            change('better', 'load', 'warn', 'ok', 'load over 5 minutes is 0.4 on 2 cores'),
          ],
        },
        { target: 'beta', since: '2026-11-22T08:00:00.000Z', changes: [] },
      ],
      trends: [...trends('alpha', 7, 3.4), ...trends('beta', 5)],
    },
  ),
  silent: model(
    record(
      'unknown',
      [
        ...fine('alpha'),
        found('host.silent', 'unknown', 'beta does not answer: no worker took the task within 10 s', {
          target: 'beta',
          hint: 'Is beta powered on and connected, and does its ops-host-worker run?',
          evidence: { role: 'standby', site: 'north' },
          manualId: 'D1',
        }),
        found('clock.skew', 'skipped', 'one host alone has nothing to be compared with', { target: 'estate' }),
      ],
      [
        { name: 'alpha', verdict: 'ok' },
        { name: 'beta', verdict: 'unknown' },
      ],
    ),
    { trends: trends('alpha', 7), latencies: [handshakes('alpha', 12)] },
  ),
  waived: model(record('ok', [...fine('alpha'), ...WAIVED, ...fine('beta'), CLOCKS], BOTH_OK)),
  warn: model(
    record(
      'warn',
      [...fine('alpha'), ...FAILURES.filter(({ verdict }) => verdict === 'warn'), ...fine('beta')],
      [
        { name: 'alpha', verdict: 'warn' },
        { name: 'beta', verdict: 'ok' },
      ],
    ),
  ),
  firstDay: model(record('ok', [...fine('alpha'), ...fine('beta')], BOTH_OK), {
    changes: BOTH_OK.map(({ name }) => ({ target: name, since: null, changes: [] })),
    trends: [...trends('alpha', 0), ...trends('beta', 0)],
    ledgerHead: null,
  }),
  long: model(
    record(
      'fail',
      [
        found(`disk.used:/${LONG}`, 'fail', `/${LONG} is full ${HOSTILE}`, {
          hint: `${LONG} ${HOSTILE}`,
          evidence: {
            [LONG]: LONG,
            list: Array.from({ length: 30 }, (_, i) => `unit-${i}.service`),
            [HOSTILE]: HOSTILE,
          },
        }),
        ...WAIVED.map(finding => ({
          ...finding,
          summary: LONG,
          waived: { reason: LONG + HOSTILE, owner: HOSTILE, until: '2026-12-01' },
        })),
        ...fine('alpha'),
      ],
      [{ name: 'alpha', verdict: 'fail' }],
    ),
    {
      title: `Check ${HOSTILE}`,
      estate: `${LONG}${HOSTILE}`,
      changes: [{ target: 'alpha', since: null, changes: [change('new', LONG, null, 'fail', LONG + HOSTILE)] }],
      trends: trends('alpha', 3).map(row => ({
        ...row,
        metric: `${row.metric}.${LONG}${HOSTILE}`,
        value: row.value * 1e9,
      })),
      logPatterns: [
        { target: 'alpha', errors: [{ fingerprint: LONG.repeat(3) + HOSTILE, count: 123_456 }], warnings: [] },
      ],
      checklist: [{ title: LONG + HOSTILE, state: 'skipped', note: LONG + HOSTILE }],
      latencies: [{ target: 'alpha', samplesMs: [...Array.from({ length: 60 }, () => 3), 1_830] }],
    },
  ),
} as const satisfies Record<string, ReportModel>
