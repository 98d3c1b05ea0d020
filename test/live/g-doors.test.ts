/** What the doors refuse, and what never passes them: two runs at once, and secrets. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { REDACTED } from '../../domain/redact.ts'
import type { RunRecord } from '../../domain/run-record.ts'
import type { RunSummary } from '../../starters/run-records.ts'
import { asLedgerOwner, estateEnvironment, healthCheck, inHost, ops } from '../support/live.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

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
  ['target', ['run', 'health-check', '--target', 'omega']],
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
  const before = await startedRuns()
  const { code, stdout, stderr } = await ops(['run', 'health-check'], { OPS_ESTATE: file })
  assert.equal(code, 3)
  assert.equal(stdout, '')
  assert.ok((stderr.match(/line \d+/g) ?? []).length >= 10, stderr)
  assert.deepEqual(await startedRuns(), before)
})

async function startedRuns(): Promise<ReadonlySet<string>> {
  const { runs } = JSON.parse((await ops(['list', '--json'])).stdout) as { readonly runs: readonly RunSummary[] }
  return new Set(runs.map(({ runId }) => runId))
}

/** Assembled here, so that nothing in this file looks like a secret to a scanner. */
const SECRETS = {
  token: ['ghp', '0123456789abcdefghijABCDEFGHIJ012345'].join('_'),
  password: 'correct-horse-battery',
  key: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7',
  // Cut by whoever wrote the line.
  cutPassword: 'staple-pony-batt',
  cutToken: ['ghp', 'zyxwvutsrq98'].join('_'),
  // Cut by us, because of its length: what is left of it is a secret still.
  longPassword: 'paper-clip-ho',
}

/** Characters of a line that an excerpt keeps (domain/log-excerpt.ts). */
const KEPT = 4_000

test('an estate file with a secret in it is refused, and the refusal does not repeat it', async context => {
  const file = join(await temporaryFolder(context), 'estate.yaml')
  const text = readFileSync(estateEnvironment().OPS_ESTATE ?? '', 'utf8')
  const planted = text.replace('user: ops_monitor', `user: ${SECRETS.token}`)
  assert.notEqual(planted, text)
  writeFileSync(file, planted)
  const { code, stdout, stderr } = await ops(['run', 'health-check'], { OPS_ESTATE: file })
  assert.equal(code, 3)
  assert.equal(stdout, '')
  assert.match(stderr, /looks like an access token/)
  assert.ok(!stderr.includes(SECRETS.token), stderr)
})

test('planted secrets are in no history, report, ledger or log', async () => {
  const start = 'ERROR session/new conn=1 code=-32603 error='
  const stamp = '2026-01-01T00:00:00.000Z '
  const untilCut = KEPT - `${stamp}${start}"postgres://ops:${SECRETS.longPassword}`.length
  const lines = [
    `${start}"push failed with ${SECRETS.token}" duration=3`,
    `${start}"connect postgres://ops:${SECRETS.password}@db/x" duration=3`,
    `${start}"-----BEGIN PRIVATE KEY----- ${SECRETS.key} -----END PRIVATE KEY-----" duration=3`,
    `${start}"${'.'.repeat(untilCut)}postgres://ops:${SECRETS.longPassword}rse-of-a-different-colour@db/x" duration=3`,
    `${start}"pull failed with ${SECRETS.cutToken}`,
    `${start}"cannot reach postgres://ops:${SECRETS.cutPassword}`,
  ]
  for (const line of lines) {
    await inHost('alpha', `echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) "'${line}' >> /var/log/opencode-acp.log`)
  }
  const { record } = await healthCheck('--target', 'alpha')

  // The lines were really read, and are there without their secrets.
  const environment = estateEnvironment()
  const excerpt = readArtefact(record, 'log-excerpt')
  for (const seen of [
    `push failed with ${REDACTED}`,
    `connect postgres://ops:${REDACTED}@db/x`,
    '[redacted private key]',
    `.postgres://ops:${REDACTED}`,
    `pull failed with ${REDACTED}`,
    `cannot reach postgres://ops:${REDACTED}`,
  ]) {
    assert.ok(excerpt.includes(seen), `"${seen}" is not in the excerpt:\n${excerpt.slice(0, 20_000)}`)
  }

  const history = execFileSync(process.execPath, ['test/support/print-history.ts', 'health-check:alpha'], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576,
  })
  const ledger = await ledgerText()
  const reports = ['report-html', 'report-text', 'report-json'].map(kind => readArtefact(record, kind)).join('\n')
  for (const [place, text] of Object.entries({ history, ledger, reports })) {
    assert.ok(text.includes(record.workflowId), `the ${place} is not that of the run`)
  }
  const listed = (await ops(['ledger', 'list', '--json'])).stdout
  const shown = (await ops(['show', 'health-check:alpha', '--json'])).stdout
  const journal = await inHost('alpha', 'journalctl -u ops-host-worker -o cat --no-pager')
  const places = { history, ledger, reports, listed, shown, journal, excerpt }
  for (const [place, text] of Object.entries(places)) assert.notEqual(text.trim(), '', `the ${place} is empty`)
  const folder = join(environment.OPS_ARTEFACTS ?? '', '..')
  // What the search would say: it finds what is there, also in the artefacts.
  assert.notDeepEqual(filesWith([REDACTED], join(folder, 'artefacts')), [])
  for (const secret of Object.values(SECRETS)) {
    for (const [place, text] of Object.entries(places)) {
      assert.ok(!text.includes(secret), `${secret} is in the ${place}: ${around(text, secret)}`)
    }
  }
  assert.deepEqual(filesWith(Object.values(SECRETS), folder), [])
})

function around(text: string, secret: string): string {
  const at = text.indexOf(secret)
  return text.slice(Math.max(0, at - 200), at + secret.length + 50)
}

function readArtefact({ artefacts }: RunRecord, kind: string): string {
  const sha256 = artefacts.find(artefact => artefact.kind === kind)?.sha256
  assert.ok(sha256, `the run has no ${kind}`)
  return readFileSync(join(estateEnvironment().OPS_ARTEFACTS ?? '', sha256.slice(0, 2), sha256), 'utf8')
}

/** Decisions are taken in incidents, whose tests come later. */
const MAY_BE_EMPTY = ['incidents', 'decisions']

/** Every text of every table; one that a health check fills may not be empty. */
function ledgerText(): Promise<string> {
  return asLedgerOwner(async client => {
    let text = ''
    for (const table of ['runs', 'findings', 'measurements', 'artefacts', 'events', 'incidents', 'decisions']) {
      const { rows } = await client.query<{ row: string }>(`select one::text as row from ledger.${table} as one`)
      assert.ok(rows.length > 0 || MAY_BE_EMPTY.includes(table), `ledger.${table} is empty`)
      text += rows.map(({ row }) => `${row}\n`).join('')
    }
    return text
  })
}

/** All that the estate keeps: artefacts, reports, logs, databases. Not the hosts' disks, where the secrets were planted. */
function filesWith(texts: readonly string[], folder: string): readonly string[] {
  const patterns = texts.flatMap(text => ['-e', text])
  const { status, stdout, stderr } = spawnSync('grep', ['-rlF', '--exclude-dir=hosts', ...patterns, '--', folder], {
    encoding: 'utf8',
  })
  // 1 says that there is none; anything else is a search that did not take place.
  if (status === 1) return []
  assert.equal(status, 0, stderr)
  return stdout.trim().split('\n')
}
