import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FirstCheck, tell } from '../../../sandbox/work/first-check.ts'

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
