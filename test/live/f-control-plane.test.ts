/** The control plane's own parts die in the middle of a run. Nothing is lost and nothing is done twice. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { asLedgerOwner, estateEnvironment, healthCheck, ops, sandbox } from '../support/live.ts'
import { activitiesOf, deciders, historyOf, timeOf, untilStep } from '../support/live-runs.ts'

const rowsOf = (table: string, runId: string) =>
  asLedgerOwner(async client => {
    const { rows } = await client.query(
      `select count(*)::int as n from ledger.${table} where body::jsonb->>'runId' = $1`,
      [runId],
    )
    return rows[0].n as number
  })

/** Every finding of the run is in the ledger once, and the run itself too. */
async function assertWrittenOnce({ runId, findings }: { runId: string; findings: readonly unknown[] }): Promise<void> {
  assert.equal(await rowsOf('findings', runId), findings.length)
  assert.equal(await rowsOf('runs', runId), 1)
  assert.equal((await ops(['ledger', 'verify'])).code, 0)
}

test('the control-plane worker is killed in the middle and started again', async () => {
  const running = healthCheck()
  const run = await untilStep('health-check:all', 'alpha: performance')
  await sandbox('kill', 'control-plane')
  await sleep(1_000)
  await sandbox('start', 'control-plane')
  const { code, record } = await running
  assert.ok(code <= 1, JSON.stringify(record.findings.filter(({ verdict }) => verdict !== 'ok')))
  assert.equal(record.runId, run.runId)
  // The second process took up the run where the first one had left it.
  assert.equal(deciders(await historyOf(run)).length, 2)
  await assertWrittenOnce(record)
})

test('the Temporal server is killed in the middle and started again', async () => {
  const running = healthCheck()
  const run = await untilStep('health-check:all', 'alpha: performance')
  await sandbox('kill', 'temporal-server')
  const killedAt = Date.now()
  await assert.rejects(historyOf(run), 'the server still answers')
  await sleep(1_000)
  await sandbox('start', 'temporal-server')
  const startedAt = Date.now()
  const { code, record } = await running
  assert.ok(code <= 1, JSON.stringify(record.findings.filter(({ verdict }) => verdict !== 'ok')))
  assert.equal(record.runId, run.runId)
  // One history from before the kill to after the start.
  const times = (await historyOf(run)).map(timeOf)
  assert.ok(Math.min(...times) < killedAt && Math.max(...times) > startedAt)
  await assertWrittenOnce(record)
})

test('the ledger is unreachable for 30 s: the run waits and goes on', async () => {
  const closed = (state: 'login' | 'nologin') =>
    asSuperuser(
      `alter role ops_ledger ${state}; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ops_ledger'`,
    )
  await closed('nologin')
  const running = healthCheck('only=system')
  try {
    await untilStep('health-check:all', 'alpha: unit and machine', 'done')
    await sleep(30_000)
    const { status } = JSON.parse((await ops(['show', 'health-check:all', '--json'])).stdout)
    assert.equal(status, 'running')
  } finally {
    await closed('login')
  }
  const { code, record } = await running
  assert.ok(code <= 1)
  const recalled = activitiesOf(await historyOf(record)).filter(({ type }) => type === 'recallBackground')
  assert.ok(Number(recalled[0]?.attempt) > 1, `${recalled[0]?.attempt} attempts`)
  await assertWrittenOnce(record)
})

/** The estate's own cluster, through its superuser on the machine that carries the estate. */
async function asSuperuser(statement: string): Promise<void> {
  const url = readFileSync(estateEnvironment().OPS_LEDGER_OWNER_URL_FILE ?? '', 'utf8').trim()
  const secret = readFileSync(url.length > 0 ? superuserFile() : '', 'utf8').trim()
  const { host, port } = new pg.Client({ connectionString: url })
  const client = new pg.Client({ host, port, user: 'postgres', password: secret, database: 'postgres' })
  await client.connect()
  await client.query(statement)
  await client.end()
}

function superuserFile(): string {
  return (estateEnvironment().OPS_LEDGER_OWNER_URL_FILE ?? '').replace(/[^/]+$/, 'postgres-password')
}
