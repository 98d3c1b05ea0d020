import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { parse } from 'yaml'
import {
  checkAlertmanagerConfig,
  checkPrometheusConfig,
  checkRoute,
  checkRules,
  type ToolCheck,
  testRules,
} from '../../activities/adapters/promtool.ts'
import { run } from '../../activities/adapters/shell.ts'
import { LEVELS } from '../../domain/alerts/state.ts'
import { CATEGORIES } from '../../domain/incident/severity.ts'
import { RULE_CHANGES, sandboxRules } from '../../sandbox/monitoring/rules.ts'
import { fill } from '../../sandbox/temporal/templates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const FOLDER = join(import.meta.dirname, '../../deploy/prometheus')
const file = (name: string) => join(FOLDER, name)
const text = (name: string) => readFileSync(file(name), 'utf8')

interface Rule {
  readonly alert?: string
  readonly expr: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

const rules: readonly Rule[] = parse(text('opencode-acp.rules.yml')).groups.flatMap(
  (group: { readonly rules: readonly Rule[] }) => group.rules,
)
const alerts = rules.filter(({ alert }) => alert !== undefined)

const VALUES = {
  ALPHA: '127.0.0.1',
  BETA: '127.0.0.2',
  ALERTMANAGER: '127.0.0.1:9093',
  BLACKBOX: '127.0.0.1:9115',
  DOOR: '127.0.0.1:9501',
  TOKEN_FILE: '/dev/null',
}

function passed({ ok, output }: ToolCheck): void {
  assert.ok(ok, output)
}

before(async () => {
  for (const tool of ['promtool', 'amtool', 'prometheus-blackbox-exporter']) {
    await run(tool, ['--version']).catch(() => {
      throw new Error(
        `${tool} is not installed: apt-get install -y --no-install-recommends prometheus prometheus-alertmanager prometheus-blackbox-exporter`,
      )
    })
  }
})

test('promtool finds nothing to complain about in the rules', async () => {
  passed(await checkRules(file('opencode-acp.rules.yml')))
})

for (const name of ['opencode-acp.test.yml', 'opencode-acp.longrange.test.yml']) {
  test(`the rules do what ${name} says`, async () => passed(await testRules(file(name))))
}

test('a rule that no longer does what its test says is found', async context => {
  const folder = await temporaryFolder(context)
  const changed = text('opencode-acp.rules.yml').replace('ratio_rate5m > 0.80', 'ratio_rate5m > 0.99')
  await writeFile(join(folder, 'opencode-acp.rules.yml'), changed)
  await writeFile(join(folder, 'opencode-acp.test.yml'), text('opencode-acp.test.yml'))
  const { ok, output } = await testRules(join(folder, 'opencode-acp.test.yml'))
  assert.equal(ok, false)
  assert.match(output, /HighCPUUsage/)
})

test('every alert has what the alert door makes a cause and an incident of', () => {
  for (const { alert, labels, annotations, expr } of alerts) {
    assert.ok(
      LEVELS.some(level => level === labels?.severity),
      `${alert}: severity`,
    )
    assert.ok(
      CATEGORIES.some(category => category === labels?.category),
      `${alert}: category`,
    )
    assert.ok(labels?.metric !== undefined && labels.manual_id !== undefined, `${alert}: metric, manual_id`)
    // Of a recording by service, the label comes with the series.
    const isByService = /service:|feature:|opencode-acp-probe/.test(expr)
    assert.ok(isByService || labels.service !== undefined, `${alert}: service`)
    assert.ok(annotations?.summary !== undefined && annotations.description !== undefined, `${alert}: annotations`)
  }
})

test('a warning and the critical alert of the same trouble are one cause', () => {
  const metricOf = (name: string) => alerts.find(({ alert }) => alert === name)?.labels?.metric
  for (const [warning, critical] of [
    ['HighCPUUsage', 'CriticalCPUUsage'],
    ['HighMemoryUsage', 'CriticalMemoryUsage'],
    ['DiskSpaceLow', 'DiskSpaceCritical'],
    ['SlowResponses', 'VerySlowResponses'],
    ['ElevatedErrorRate', 'CriticalErrorRate'],
    ['ServiceDown', 'ServiceProbeFailing'],
  ] as const) {
    assert.ok(metricOf(warning) !== undefined)
    assert.equal(metricOf(warning), metricOf(critical))
  }
})

test('the sandbox changes the rules where it says so, and they are still rules', async context => {
  const folder = await temporaryFolder(context)
  await writeFile(join(folder, 'rules.yml'), sandboxRules(text('opencode-acp.rules.yml')))
  passed(await checkRules(join(folder, 'rules.yml')))
  const changed: readonly Rule[] = parse(sandboxRules(text('opencode-acp.rules.yml'))).groups.flatMap(
    (group: { readonly rules: readonly Rule[] }) => group.rules,
  )
  const differing = changed.filter((rule, index) => JSON.stringify(rule) !== JSON.stringify(rules[index]))
  assert.deepEqual(new Set(differing.map(({ alert }) => alert)), new Set(RULE_CHANGES.map(({ alert }) => alert)))
})

test('a change of the sandbox that hits nothing is refused', () => {
  const rulesText = text('opencode-acp.rules.yml')
  assert.throws(() => sandboxRules(rulesText, [{ alert: 'Nothing', why: 'x', for: '1s' }]), /no such rule: Nothing/)
  const wrong = [{ alert: 'HighCPUUsage', why: 'x', limit: ['> 7', '> 8'] }] as const
  assert.throws(() => sandboxRules(rulesText, wrong), /does not end in/)
})

test('the configurations are accepted, with addresses in their places', async context => {
  const folder = await temporaryFolder(context)
  await writeFile(join(folder, 'opencode-acp.rules.yml'), text('opencode-acp.rules.yml'))
  for (const name of ['prometheus.yml', 'alertmanager.yml']) {
    await writeFile(join(folder, name), fill(text(name), VALUES))
  }
  passed(await checkPrometheusConfig(join(folder, 'prometheus.yml')))
  const config = join(folder, 'alertmanager.yml')
  passed(await checkAlertmanagerConfig(config))
  for (const [receiver, labels] of [
    ['ops-watchdog', { alertname: 'Watchdog', severity: 'info' }],
    ['ops-critical', { alertname: 'ServiceDown', severity: 'critical' }],
    ['ops-info', { alertname: 'ServiceRestarted', severity: 'info' }],
    ['ops', { alertname: 'DiskSpaceLow', severity: 'warning' }],
    ['ops', { alertname: 'SomebodyElse' }],
  ] as const) {
    passed(await checkRoute(config, receiver, labels))
  }
  assert.equal((await checkRoute(config, 'ops', { severity: 'critical' })).ok, false)
})

test('blackbox exporter accepts its modules, and Prometheus asks for modules that exist', async () => {
  const { exitCode, stderr } = await run('prometheus-blackbox-exporter', [
    '--config.check',
    `--config.file=${file('blackbox.yml')}`,
  ])
  assert.equal(exitCode, 0, stderr)
  const { scrape_configs: jobs } = parse(text('prometheus.yml'))
  const asked: readonly string[] = jobs.flatMap(
    (job: { readonly params?: { readonly module: readonly string[] } }) => job.params?.module ?? [],
  )
  const { modules } = parse(text('blackbox.yml'))
  assert.deepEqual(
    asked.filter(name => modules[name] === undefined),
    [],
  )
  assert.ok(asked.length > 0)
})
