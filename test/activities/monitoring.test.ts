/** An update of the rules as the control plane carries it out, with real Prometheus, promtool and files. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import { createFormat } from '../../activities/adapters/prometheus.format.ts'
import { createPrometheus } from '../../activities/adapters/prometheus.ts'
import { tryRules } from '../../activities/adapters/promtool.trial.ts'
import { digestOf, readRules, writeRules } from '../../activities/adapters/rules-file.ts'
import { createMonitoringActivities, type MonitoringPorts } from '../../activities/monitoring.ts'
import { OpsError } from '../../domain/failures.ts'
import { type Monitor, startPrometheus } from '../support/monitoring.ts'

const LABELS = 'labels: {severity: warning}'
const FORMER = `
groups:
  - name: g
    rules:
      - record: job:up:sum
        expr: sum  by (job)   (up)
      - { alert: Down, expr: up==0, for: 5m, ${LABELS} }
      - { alert: Old, expr: 'vector(1) > 2', ${LABELS} }
`
const PROPOSED = FORMER.replace('up==0', 'up==0.0 or absent(up)')
  .replace('5m', '300s')
  .replace('alert: Old', 'alert: Fresh')

const refusal = (owner: OpsError['owner'], words: RegExp) => (error: unknown) =>
  error instanceof OpsError && error.owner === owner && words.test(error.message)

describe('new rules for Prometheus', () => {
  let folder = ''
  let file = ''
  let monitor: Monitor
  let ports: MonitoringPorts
  before(async () => {
    folder = await mkdtemp('/var/tmp/ops-test-')
    file = join(folder, 'a.rules.yml')
    await writeFile(file, FORMER)
    await writeFile(join(folder, 'prometheus.yml'), 'rule_files: ["*.rules.yml"]\n')
    monitor = await startPrometheus(folder, '127.7.46.1:9090', join(folder, 'prometheus.yml'))
    ports = {
      store: createFolderStore(join(folder, 'store')),
      tryRules,
      prometheus: { ...createPrometheus(monitor.url), format: createFormat(monitor.url) },
      file,
      readRules,
      writeRules,
    }
  })
  after(async () => {
    await monitor?.stop()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    await writeFile(file, FORMER)
    await createPrometheus(monitor.url).reload()
  })

  const activities = (changes: Partial<MonitoringPorts> = {}) => createMonitoringActivities({ ...ports, ...changes })
  const put = async (text: string) => (await ports.store.put('rules', new TextEncoder().encode(text))).sha256
  const inForce = async () => (await createPrometheus(monitor.url).rules()).map(({ name }) => name).toSorted()
  const turned = <T extends { readonly from: string; readonly to: string }>(one: T) => ({
    ...one,
    from: one.to,
    to: one.from,
  })

  test('are planned with what changes, put in, seen, put back, and seen again', async () => {
    const hands = activities()
    const plan = await hands.planRules({ rules: await put(PROPOSED), tests: [] })
    assert.deepEqual([plan.file, plan.from, plan.to], [file, digestOf(FORMER), digestOf(PROPOSED)])
    assert.equal(plan.summary, '1 added, 1 removed, 1 changed')
    assert.deepEqual(plan.changes, [
      'removed: alert Old (g): vector(1) > 2; label severity warning',
      'changed: alert Down (g): query up == 0 becomes up == 0 or absent(up)',
      'changed: alert Down (g): for 5m becomes 300s',
      'added: alert Fresh (g): vector(1) > 2; label severity warning',
    ])
    assert.equal(await readFile(file, 'utf8'), FORMER, 'a plan replaces nothing')
    assert.deepEqual(await hands.planRules({ rules: plan.to, tests: [] }), plan)

    assert.equal((await hands.lookAtRules(plan)).inForce, false)
    assert.equal((await hands.replaceRules(plan)).state, 'replaced')
    assert.deepEqual(await hands.lookAtRules(plan), { inForce: true, summary: 'all 3 rules are in force' })
    assert.deepEqual(await inForce(), ['Down', 'Fresh', 'job:up:sum'])

    assert.equal((await hands.replaceRules(turned(plan))).state, 'replaced')
    assert.equal(await readFile(file, 'utf8'), FORMER, 'to the letter')
    assert.equal((await hands.lookAtRules(turned(plan))).inForce, true)
    assert.deepEqual(await inForce(), ['Down', 'Old', 'job:up:sum'])
  })

  test('of which a killed try has replaced the file only: the next one reloads', async () => {
    const plan = await activities().planRules({ rules: await put(PROPOSED), tests: [] })
    const killed = async () => {
      throw new Error('killed')
    }
    assert.ok(ports.prometheus !== null)
    await assert.rejects(
      activities({ prometheus: { ...ports.prometheus, reload: killed } }).replaceRules(plan),
      /killed/,
    )
    assert.deepEqual(await activities().lookAtRules(plan), {
      inForce: false,
      summary: 'not in force: Down (g), Fresh (g); still in force: Down (g), Old (g)',
    })
    const written = activities({ writeRules: killed })
    assert.equal((await written.replaceRules(plan)).state, 'replaced', 'nothing is written a second time')
    assert.equal((await activities().lookAtRules(plan)).inForce, true)
  })

  test('are not put over a file that somebody has edited, nor is the former one put back over it', async () => {
    const plan = await activities().planRules({ rules: await put(PROPOSED), tests: [] })
    await writeFile(file, `${FORMER}# by hand\n`)
    for (const way of [plan, turned(plan)]) {
      const { state, summary } = await activities().replaceRules(way)
      assert.equal(state, 'edited')
      assert.match(summary, /somebody else has changed it/)
    }
    assert.equal(await readFile(file, 'utf8'), `${FORMER}# by hand\n`)
    assert.match((await activities().lookAtRules(plan)).summary, /is not RULES-/)
    const again = await activities().planRules({ rules: plan.to, tests: [] })
    assert.notEqual(again.from, plan.from)
  })

  test('that Prometheus does not take in leave the former ones in force', async () => {
    const wrong = await put(PROPOSED.replace('up==0.0', 'up=='))
    const plan = { file, from: digestOf(FORMER), to: wrong }
    await assert.rejects(activities().replaceRules(plan), refusal('tool', /Prometheus answered/))
    assert.deepEqual(await inForce(), ['Down', 'Old', 'job:up:sum'])
  })

  test('are refused by the plan', async () => {
    const CASES: readonly (readonly [
      changes: Partial<MonitoringPorts>,
      text: string,
      owner: OpsError['owner'],
      words: RegExp,
    ])[] = [
      [{ prometheus: null }, PROPOSED, 'configuration', /OPS_PROMETHEUS_URL is not set/],
      [{ file: null }, PROPOSED, 'configuration', /OPS_PROMETHEUS_RULES is not set/],
      [{ file: `${file}.none` }, PROPOSED, 'configuration', /there is no rules file/],
      [{}, PROPOSED.replace('up==0.0', 'up=='), 'operator', /promtool refuses these rules/],
      [{}, FORMER, 'operator', /reads already/],
    ]
    for (const [changes, text, owner, words] of CASES) {
      await assert.rejects(activities(changes).planRules({ rules: await put(text), tests: [] }), refusal(owner, words))
    }
    await assert.rejects(
      activities().planRules({ rules: 'f'.repeat(64), tests: [] }),
      refusal('operator', /no artefact/),
    )
  })

  test('are refused while the file is not what Prometheus has in force', async () => {
    await writeFile(file, FORMER.replace('Old', 'Edited'))
    await assert.rejects(
      activities().planRules({ rules: await put(PROPOSED), tests: [] }),
      refusal('configuration', /Prometheus has not the rules of .*not in force: Edited \(g\)/),
    )
  })
})
