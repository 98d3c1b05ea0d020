/** The tools under an update of the rules: a file that is replaced in one step, promtool in a folder of its own, queries as Prometheus spells them. */
import assert from 'node:assert/strict'
import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createFormat } from '../../activities/adapters/prometheus.format.ts'
import { tryRules } from '../../activities/adapters/promtool.trial.ts'
import { digestOf, parseRules, readRules, writeRules } from '../../activities/adapters/rules-file.ts'
import { OpsError } from '../../domain/failures.ts'
import { rulesOf } from '../../domain/monitoring/rules.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DEPLOYED = join(import.meta.dirname, '../../deploy/prometheus')

const refusal = (owner: OpsError['owner'], words: RegExp) => (error: unknown) =>
  error instanceof OpsError && error.owner === owner && words.test(error.message)

describe('a rules file', () => {
  test('is read as Prometheus reads it: every value is text', () => {
    const text = `
groups:
  - name: g
    interval: 30s
    rules:
      - record: a:b
        expr: 1
      - &down
        alert: Down
        expr: |
          up == 0
        for: 5m
        labels: { severity: critical, level: 010 }
        annotations: { summary: "it is {{ $value }}" }
      - <<: *down
        alert: Gone
  - name: empty
`
    const { groups } = parseRules(text)
    assert.deepEqual(groups[0]?.settings, { interval: '30s' })
    assert.deepEqual(groups[1], { name: 'empty', settings: {}, rules: [] })
    const [record, down, gone] = groups[0]?.rules ?? []
    assert.deepEqual(record, { group: 'g', kind: 'recording', name: 'a:b', query: '1', settings: {} })
    const settings = {
      for: '5m',
      'label severity': 'critical',
      'label level': '010',
      'annotation summary': 'it is {{ $value }}',
    }
    assert.deepEqual(down, { group: 'g', kind: 'alerting', name: 'Down', query: 'up == 0\n', settings })
    assert.deepEqual(gone, { ...down, name: 'Gone' })
  })

  for (const [what, text] of [
    ['no YAML', 'groups: [}'],
    ['something else', 'scrape_configs: []'],
    ['a rule without an expression', 'groups: [{name: g, rules: [{alert: A}]}]'],
    ['nothing', ''],
  ] as const) {
    test(`that is ${what} is refused`, () => {
      assert.throws(() => parseRules(text), refusal('operator', /no rules of Prometheus: ./))
    })
  }

  test('is replaced in one step, keeps its rights, and nothing is left beside it', async context => {
    const folder = await temporaryFolder(context)
    const path = join(folder, 'a.rules.yml')
    await writeFile(path, 'former')
    await chmod(path, 0o640)
    await writeFile(`${path}.ops-new`, 'what a killed try left behind, longer than the new text')
    const now = await readRules(path)
    assert.deepEqual([now.text, now.sha256, now.path], ['former', digestOf('former'), path])
    await writeRules(now, 'new')
    assert.equal(await readFile(path, 'utf8'), 'new')
    assert.equal((await stat(path)).mode & 0o777, 0o640)
    assert.deepEqual(await readdir(folder), ['a.rules.yml'])
  })

  test('that is a link stays one', async context => {
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'real.yml'), 'former')
    await symlink('real.yml', join(folder, 'link.yml'))
    await writeRules(await readRules(join(folder, 'link.yml')), 'new')
    assert.ok((await lstat(join(folder, 'link.yml'))).isSymbolicLink())
    assert.equal(await readFile(join(folder, 'real.yml'), 'utf8'), 'new')
  })

  test('that is not there, or whose folder cannot be written, is said', async context => {
    const folder = await temporaryFolder(context)
    await assert.rejects(readRules(join(folder, 'none.yml')), refusal('configuration', /there is no rules file/))
    const nowhere = { path: join(folder, 'gone', 'a.yml'), sha256: '', text: '', uid: 0, gid: 0, mode: 0o600 }
    await assert.rejects(writeRules(nowhere, 'new'), refusal('permission', /cannot replace .*ENOENT/))
  })
})

describe('promtool', () => {
  const text = (name: string) => readFile(join(DEPLOYED, name), 'utf8')
  const rules = (limit: string) =>
    `groups: [{name: g, rules: [{alert: Many, expr: 'jobs > ${limit}', labels: {severity: warning}}]}]\n`
  const unit = `
rule_files: [somewhere/else.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series: [{series: jobs, values: '9x3'}]
    alert_rule_test: [{eval_time: 1m, alertname: Many, exp_alerts: [{exp_labels: {severity: warning}}]}]
`
  const leftovers = async () => (await readdir(tmpdir())).filter(name => name.startsWith('ops-rules-'))

  test('passes the rules of deploy/prometheus with their own tests', async () => {
    const said = await tryRules(await text('opencode-acp.rules.yml'), [await text('opencode-acp.test.yml')])
    const count = rulesOf(parseRules(await text('opencode-acp.rules.yml'))).length
    assert.deepEqual(said, [
      `promtool finds nothing wrong with its ${count} rules`,
      'promtool test rules: 1 file passes',
    ])
  })

  test('runs the tests on what is proposed, whatever file they name', async () => {
    await tryRules(rules('5'), [unit])
    await assert.rejects(tryRules(rules('50'), [unit]), refusal('operator', /unit tests of these rules fail: .*Many/))
  })

  for (const [what, proposed, tests, words] of [
    ['an expression that is none', rules('{'), [], /refuses these rules: .*parse error/],
    ['a setting that does not exist', rules('5').replace('labels', 'label'), [], /refuses these rules: .*label/],
    ['tests that are none', rules('5'), ['groups: []'], /no unit tests/],
    ['tests that are no YAML', rules('5'), ['a: [}'], /no unit tests/],
  ] as const) {
    test(`refuses ${what}, in bounded words, and leaves nothing behind`, async () => {
      const before = await leftovers()
      await assert.rejects(tryRules(proposed, tests), (error: unknown) => {
        return refusal('operator', words)(error) && String(error).length < 800 && !String(error).includes(tmpdir())
      })
      assert.deepEqual(await leftovers(), before)
    })
  }
})

test('a query that Prometheus does not answer for is said', async context => {
  const server = createServer((_request, response) => {
    response.end('{"data": 7}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const { port } = server.address() as AddressInfo
  await assert.rejects(createFormat(`http://127.0.0.1:${port}`)('up'), refusal('tool', /no formatted query/))
  await assert.rejects(createFormat('http://127.7.45.9:9090')('up'), refusal('host', /does not answer/))
})
