import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { nameEstate } from '../../../sandbox/estate/name.ts'
import { pathsOf } from '../../../sandbox/estate/paths.ts'
import { describe, Problem } from '../../../sandbox/estate/problem.ts'
import { readRecords } from '../../../sandbox/estate/records.ts'
import { type FirstCheck, firstCheck, tell } from '../../../sandbox/work/first-check.ts'

const check: FirstCheck = {
  code: 2,
  outcome: {
    workflowId: 'health-check:all',
    verdict: 'fail',
    targets: [
      { name: 'alpha', verdict: 'fail' },
      { name: 'beta', verdict: 'ok' },
    ],
    findings: [
      { id: 'service.state', target: 'alpha', verdict: 'fail', summary: 'opencode-acp is stopped', hint: 'Start it.' },
      { id: 'disk.used:/var', target: 'beta', verdict: 'ok', summary: 'fine', hint: '' },
      { id: 'zed.plugin', target: 'beta', verdict: 'skipped', summary: 'not configured', hint: null },
    ],
    artefacts: [],
  },
}

test('a person reads the verdict, what is wrong and what to do, and nothing that is fine', () => {
  const lines = tell(check, '/x/health-check.html').join('\n')
  assert.match(lines, /fail \(alpha fail, beta ok\)/)
  assert.match(lines, /opencode-acp is stopped \(service\.state\)\n\s+Start it\./)
  assert.match(lines, /\/x\/health-check\.html/)
  assert.equal(/disk|zed/.test(lines), false)
})

test('a check that does not end is given up: exit 3, and where to look', async t => {
  const checkout = mkdtempSync(join(tmpdir(), 'check-'))
  t.after(() => rmSync(checkout, { recursive: true }))
  const node = join(checkout, 'node_modules/.bin/node')
  mkdirSync(dirname(node), { recursive: true })
  writeFileSync(node, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
  const plan = nameEstate('sandbox', checkout)
  await assert.rejects(firstCheck(plan, {}, undefined, 500), (error: unknown) => {
    assert.ok(error instanceof Problem)
    assert.equal(error.exit, 3)
    assert.match(describe(error), /did not end within 0.5 s\n.*control-plane\.log/)
    return true
  })
  assert.deepEqual(readRecords(pathsOf(plan).run), [])

  const abort = new AbortController()
  const checking = firstCheck(plan, {}, abort.signal)
  abort.abort(new Error('Ctrl-C'))
  await assert.rejects(checking, /Ctrl-C/)
})
