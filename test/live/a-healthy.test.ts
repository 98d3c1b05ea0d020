/** The estate as it comes up: well, and telling so on every door. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { HostName } from '../../sandbox/estate/name.ts'
import type { RunSummary } from '../../starters/run-records.ts'
import { eventually, healthCheck, inHost, ops, sqlOn } from '../support/live.ts'
import { untilRead } from '../support/live-response.ts'
import { withTemporal } from '../support/live-runs.ts'

test('the morning health check is ok for alpha and beta, and prints the agreed object', async () => {
  const { code, record } = await healthCheck()
  assert.deepEqual(
    record.findings.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'skipped'),
    [],
  )
  assert.equal(code, 0)
  assert.deepEqual(Object.keys(record).toSorted(), [
    'artefacts',
    'closedAt',
    'digest',
    'findings',
    'gates',
    'nominalTime',
    'plan',
    'procedure',
    'runId',
    'startedAt',
    'status',
    'target',
    'targets',
    'verdict',
    'workflowId',
  ])
  assert.deepEqual(record.targets, [
    { name: 'alpha', verdict: 'ok' },
    { name: 'beta', verdict: 'ok' },
  ])
  const kinds = record.artefacts.map(({ kind }) => kind)
  for (const kind of ['report-html', 'report-text', 'report-json', 'log-excerpt']) assert.ok(kinds.includes(kind), kind)
})

test('the check with which the estate begins is told in the channel of operations', async () => {
  const { runs } = JSON.parse((await ops(['list', '--since', '1d', '--json'])).stdout)
  const { verdict } = runs.findLast((run: RunSummary) => run.workflowId === 'health-check:all')
  // The estate boots beside other tests: the check that follows may find a host busy, and says so.
  await untilRead('ana', new RegExp(`Morning health check of [\\d-]+: ${verdict} \\(alpha \\w+, beta \\w+\\)`), 'C0OPS')
})

test('real traffic reaches the log, the metrics and the usage tables of the primary only', async () => {
  await eventually('twenty requests in the log', async () => {
    const count = Number(await inHost('alpha', 'grep -c duration= /var/log/opencode-acp.log'))
    return count >= 20 ? count : undefined
  })
  const metrics = await inHost('alpha', 'curl -s http://127.0.0.1:3000/metrics')
  for (const name of [
    'opencode_acp_request_duration_seconds_bucket',
    'opencode_acp_requests_total',
    'opencode_acp_sessions_active',
    'opencode_acp_sessions_limit',
  ]) {
    assert.match(metrics, new RegExp(`^${name}`, 'm'))
  }

  const sql = (host: HostName, query: string) => sqlOn(host, query, 'opencode_db')
  assert.equal(await sql('alpha', 'select pg_is_in_recovery()'), 'f')
  assert.equal(await sql('beta', 'select pg_is_in_recovery()'), 't')
  const rows = async (table: string) => Number(await sql('alpha', `select count(*) from ${table}`))
  const before = { requests: await rows('requests'), sessions: await rows('sessions') }
  assert.ok(before.requests > 0, 'nothing was written')
  // Traffic opens a session when it starts, on either host.
  for (const host of ['alpha', 'beta'] as const) await inHost(host, 'systemctl restart opencode-traffic')
  await eventually('both tables growing', async () =>
    (await rows('requests')) > before.requests && (await rows('sessions')) > before.sessions ? true : undefined,
  )
  // Beta's gateway has requests of its own, knows that its database is the standby, and writes them nowhere.
  const passedBy = await inHost('beta', 'curl -s http://127.0.0.1:3000/metrics | grep usage_rows_total')
  assert.match(passedBy, /usage_rows_total\{outcome="standby"\} [1-9]/)
  assert.doesNotMatch(passedBy, /outcome="written"\} [1-9]/)
  for (const table of ['requests', 'sessions']) {
    assert.equal(await sql('alpha', `select string_agg(distinct gateway, ',') from ${table}`), 'alpha', table)
  }
})

test('systemd finds no fault with the units of a host', async () => {
  const names = [
    'opencode-acp',
    'ops-host-worker',
    'postgresql-opencode',
    'opencode-model',
    'opencode-traffic',
    'node-exporter',
  ]
  const files = names.map(name => `/etc/systemd/system/${name}.service`)
  assert.equal(
    await inHost('alpha', 'ls /etc/systemd/system/*.service | grep -v "^/etc/systemd/system/systemd-"'),
    files.toSorted().join('\n'),
  )
  assert.equal(await inHost('alpha', `systemd-analyze verify ${files.join(' ')} 2>&1`), '')
})

test('what earlier doors say agrees: list, show, report, ledger, schedules, doctor', async () => {
  const list = JSON.parse((await ops(['list', '--since', '1d', '--json'])).stdout)
  assert.ok(list.runs.length > 0)
  const shown = JSON.parse((await ops(['show', 'health-check:all', '--json'])).stdout)
  assert.equal(shown.procedure, 'health-check')
  const text = await ops(['report', 'health-check:all', '--text'])
  assert.equal(text.code, 0)
  assert.match(text.stdout, /alpha/)
  assert.equal((await ops(['ledger', 'verify'])).code, 0)
  const upcoming = await ops(['schedules', 'upcoming'])
  assert.match(upcoming.stdout, /09:00/)
  const doctor = await ops(['doctor'])
  assert.equal(doctor.code, 0, doctor.stdout)
})

test('the history of a run stays below 64 KB', async () => {
  const { historySize } = await withTemporal(client => client.workflow.getHandle('health-check:all').describe())
  process.stdout.write(`  history of a health check: ${historySize} bytes\n`)
  assert.ok((historySize ?? 0) > 0 && (historySize ?? 0) < 64 * 1024, String(historySize))
})

test('the HTML report needs no network', async () => {
  const { stdout } = await ops(['report', 'health-check:all', '--html'])
  const html = stdout.startsWith('<') ? stdout : readFileSync(stdout.trim(), 'utf8')
  assert.doesNotMatch(html, /(src|href)="https?:/)
})
