import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createPrometheus } from '../../activities/adapters/prometheus.ts'
import { OpsError } from '../../domain/failures.ts'
import { eventually } from '../support/alert-rig.ts'
import { type Monitor, startPrometheus } from '../support/monitoring.ts'

const rules = (limit: string) =>
  `groups: [{name: g, rules: [{alert: Many, expr: vector(1) > ${limit}}, {record: job:one, expr: vector(7)}]}]\n`

let folder = ''
let monitor: Monitor
before(async () => {
  folder = await mkdtemp('/var/tmp/ops-test-')
  await writeFile(join(folder, 'rules.yml'), rules('2'))
  await writeFile(join(folder, 'prometheus.yml'), 'global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n')
  monitor = await startPrometheus(folder, '127.7.44.1:9090', join(folder, 'prometheus.yml'))
})
after(async () => {
  await monitor.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a query answers with labels and numbers', async () => {
  const prometheus = createPrometheus(monitor.url)
  assert.deepEqual(await prometheus.query('label_replace(vector(0.5), "a", "b", "", "")'), [
    { labels: { a: 'b' }, value: 0.5 },
  ])
  assert.deepEqual(await prometheus.query('up{job="nobody"}'), [])
  await assert.rejects(prometheus.query('up{'), (error: unknown) => {
    return error instanceof OpsError && error.owner === 'tool' && /parse error/.test(error.message)
  })
  await assert.rejects(prometheus.query('1'), /something else/)
})

test('new rules are in force after a reload; wrong ones leave the old in force', async () => {
  const prometheus = createPrometheus(`${monitor.url}/`)
  const queryOf = async () => (await prometheus.rules()).find(({ name }) => name === 'Many')?.query
  assert.equal(await queryOf(), 'vector(1) > 2')
  assert.deepEqual(
    (await prometheus.rules()).map(({ group, kind }) => [group, kind]),
    [
      ['g', 'alerting'],
      ['g', 'recording'],
    ],
  )
  await writeFile(join(folder, 'rules.yml'), rules('3'))
  await prometheus.reload()
  assert.equal(await queryOf(), 'vector(1) > 3')
  await eventually('healthy rules', async () => (await prometheus.rules()).every(({ health }) => health === 'ok'))
  await writeFile(join(folder, 'rules.yml'), rules('{'))
  await assert.rejects(prometheus.reload(), (error: unknown) => error instanceof OpsError && error.owner === 'tool')
  assert.equal(await queryOf(), 'vector(1) > 3')
})

test('one that is not there is the host’s trouble, and so is one that says nothing', async () => {
  const isHost = (error: unknown) => error instanceof OpsError && error.owner === 'host'
  await assert.rejects(createPrometheus('http://127.7.44.1:9094').rules(), isHost)
  const server = createServer(() => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await assert.rejects(createPrometheus(`http://127.0.0.1:${port}`).rules(), isHost)
  server.closeAllConnections()
  server.close()
})
