/** `ops` as a process: exit codes and what goes to which stream, without a server. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { RUNNABLE } from '../../domain/procedures.ts'
import { ops, ROOT } from '../support/ops.ts'

const ESTATE = join(ROOT, 'sandbox', 'estate.yaml')
const MISTAKES = join(ROOT, 'test', 'adapters', 'fixtures', 'ten-mistakes.yaml')

// Together, because an unreachable server is waited for.
describe('exit codes', { concurrency: 4 }, () => {
  for (const [line, code] of [
    ['', 0],
    ['--help', 0],
    ['help schedules', 0],
    ['--version', 0],
    ['rnu', 64],
    ['run helth-check', 64],
    ['run health-check --target omega', 64],
    ['run health-check --targte alpha', 64],
    ['list', 69],
    ['run health-check', 69],
    ['schedules sync', 69],
    ['estate show', 0],
    ['estate check', 0],
    [`estate check ${MISTAKES}`, 2],
    [`estate show ${MISTAKES}`, 3],
    ['ledger verify', 3],
    ['doctor', 2],
    ['whoami', 0],
    ['slack manifest', 0],
  ] as const) {
    test(`ops ${line.replace(ROOT, '')}: ${code}`, async () => {
      const spoken = await ops(line.split(' ').filter(Boolean), { OPS_ESTATE: ESTATE })
      assert.equal(spoken.code, code, spoken.err + spoken.out)
    })
  }
})

test('an estate with mistakes starts nothing and lists all of them', async () => {
  const { code, err } = await ops(['run', 'health-check'], { OPS_ESTATE: MISTAKES })
  assert.equal(code, 3)
  assert.match(err, /has 11 problems/)
  assert.equal(err.match(/^ {2}line \d+: /gm)?.length, 11)
})

describe('with --json', { concurrency: true }, () => {
  test('an answer is one object on standard output and nothing else', async () => {
    const { out, err } = await ops(['estate', 'show', '--json'], { OPS_ESTATE: ESTATE })
    assert.equal(JSON.parse(out).name, 'sandbox')
    assert.equal(out.trim().split('\n').length, 1)
    assert.equal(err, '')
  })

  test('a failure leaves standard output empty and is one object on standard error', async () => {
    for (const line of [
      ['list', '--json'],
      ['rnu', '--json'],
      ['show', '--json'],
    ]) {
      const { out, err } = await ops(line)
      assert.equal(out, '')
      const { error } = JSON.parse(err)
      assert.ok(error.owner && error.message && error.hint)
    }
  })

  test('the doctor answers with verdict and findings', async () => {
    const { out } = await ops(['doctor', '--json'], { OPS_ESTATE: ESTATE })
    const { verdict, findings } = JSON.parse(out)
    assert.equal(verdict, 'fail')
    const temporal = findings.find(({ id }: { id: string }) => id === 'temporal.server')
    assert.match(temporal.summary, /does not answer/)
    assert.match(temporal.hint, /npm start/)
    const ledger = findings.find(({ id }: { id: string }) => id === 'ledger')
    assert.equal(ledger.verdict, 'warn')
    assert.match(ledger.hint, /OPS_LEDGER_URL_FILE/)
  })
})

test('an unreachable Temporal says where it was looked for and what to do', async () => {
  const { err } = await ops(['list'])
  assert.match(err, /Temporal does not answer at 127\.77\.250\.250:7233/)
  assert.match(err, /npm start/)
})

test('no colours without a terminal', async () => {
  const { out } = await ops(['estate', 'show'], { OPS_ESTATE: ESTATE })
  assert.ok(!out.includes('\u001b'))
})

test('the help names every procedure, and loads no package at all', async () => {
  const { out } = await ops(['--help'])
  for (const { id } of RUNNABLE) assert.ok(out.includes(id), id)
  const script = `
    process.argv = [process.argv[0], 'ops', '--help']
    const { registerHooks } = await import('node:module')
    registerHooks({ load(url, context, next) { if (url.includes('node_modules')) console.error(url); return next(url, context) } })
    await import(${JSON.stringify(join(ROOT, 'starters', 'ops.ts'))})`
  const args = ['--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.match(stdout, /Usage: ops/)
  assert.equal(stderr, '')
})
