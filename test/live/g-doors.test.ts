/** What the doors refuse, and what never passes them: two runs at once, and secrets. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { estateEnvironment, healthCheck, inHost, ops, sandbox } from '../support/live.ts'

test('two runs of the same procedure and target: the second exits 75 and names the first', async () => {
  const first = await ops(['run', 'health-check', '--target', 'alpha'])
  assert.equal(first.code, 0, first.stderr)
  const second = await ops(['run', 'health-check', '--target', 'alpha'])
  assert.equal(second.code, 75)
  assert.match(second.stderr, /health-check:alpha/)
  await ops(['cancel', 'health-check:alpha', '--reason', 'test'])
})

for (const [title, args] of [
  ['procedure', ['run', 'helth-check']],
  ['target', ['run', 'health-check', '--target', 'gamma']],
  ['option', ['run', 'health-check', '--wate']],
  ['group of steps', ['run', 'health-check', 'only=everything']],
] as const) {
  test(`an unknown ${title} is refused and starts nothing`, async () => {
    const { code, stdout, stderr } = await ops(args)
    assert.equal(code, 64)
    assert.equal(stdout, '')
    assert.notEqual(stderr, '')
  })
}

test('an estate file with ten mistakes: all ten are listed and nothing is started', async () => {
  const file = join(import.meta.dirname, '..', 'adapters', 'fixtures', 'ten-mistakes.yaml')
  const before = (await ops(['list', '--json'])).stdout
  const { code, stdout, stderr } = await ops(['run', 'health-check'], { OPS_ESTATE: file })
  assert.equal(code, 3)
  assert.equal(stdout, '')
  assert.ok((stderr.match(/line \d+/g) ?? []).length >= 10, stderr)
  assert.equal((await ops(['list', '--json'])).stdout, before)
})

const SECRETS = {
  token: 'ghp_0123456789abcdefghijABCDEFGHIJ012345',
  password: 'correct-horse-battery',
  key: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7',
}

test('planted secrets are in no history, report, ledger or log', async () => {
  const lines = [
    `ERROR session/new conn=1 code=-32603 error="push failed with ${SECRETS.token}" duration=3`,
    `ERROR session/new conn=1 code=-32603 error="connect postgres://ops:${SECRETS.password}@db/x" duration=3`,
    `ERROR session/new conn=1 code=-32603 error="-----BEGIN PRIVATE KEY----- ${SECRETS.key} -----END PRIVATE KEY-----" duration=3`,
  ]
  for (const line of lines) {
    await inHost('alpha', `echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) "'${line}' >> /var/log/opencode-acp.log`)
  }
  await inHost('alpha', `printf '{"env":{"GITHUB_TOKEN":"${SECRETS.token}"}}' > /etc/opencode/planted.json`)
  const { record } = await healthCheck('--target', 'alpha')
  assert.ok(record.artefacts.length > 0)
  await inHost('alpha', 'rm -f /etc/opencode/planted.json')

  const environment = estateEnvironment()
  const folder = join(environment.OPS_ARTEFACTS ?? '', '..')
  const history = execFileSync(process.execPath, ['test/support/print-history.ts', 'health-check:alpha'], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  })
  const ledger = (await ops(['ledger', 'list', '--json'])).stdout
  const shown = (await ops(['show', 'health-check:alpha', '--json'])).stdout
  const journal = await inHost('alpha', 'journalctl -u ops-host-worker -o cat --no-pager')
  for (const secret of Object.values(SECRETS)) {
    for (const [place, text] of Object.entries({ history, ledger, shown, journal })) {
      assert.ok(!text.includes(secret), `${secret} is in the ${place}`)
    }
    // Artefacts and the logs of the estate's own processes, but not the hosts' disks, where it was planted.
    const hits = spawnGrep(secret, [join(folder, 'artefacts'), join(folder, 'logs')])
    assert.deepEqual(hits, [], `${secret} was found`)
  }
  await sandbox('status')
})

function spawnGrep(text: string, folders: readonly string[]): readonly string[] {
  try {
    return execFileSync('grep', ['-rlF', '--', text, ...folders], { encoding: 'utf8' })
      .trim()
      .split('\n')
  } catch {
    return []
  }
}
