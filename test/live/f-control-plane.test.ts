/** The control plane's own parts die in the middle of a run. Nothing is lost and nothing is done twice. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { estateEnvironment, healthCheck, ops, sandbox } from '../support/live.ts'

async function asLedgerOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = readFileSync(estateEnvironment().OPS_LEDGER_OWNER_URL_FILE ?? '', 'utf8').trim()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

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
  await sleep(4_000)
  await sandbox('kill', 'control-plane')
  await sleep(1_000)
  await sandbox('start', 'control-plane')
  const { code, record } = await running
  assert.ok(code <= 1, JSON.stringify(record.findings.filter(({ verdict }) => verdict !== 'ok')))
  await assertWrittenOnce(record)
})

test('the Temporal server is killed in the middle and started again', async () => {
  const running = healthCheck()
  await sleep(4_000)
  await sandbox('kill', 'temporal-server')
  await sleep(1_000)
  await sandbox('start', 'temporal-server')
  const { code, record } = await running
  assert.ok(code <= 1, JSON.stringify(record.findings.filter(({ verdict }) => verdict !== 'ok')))
  await assertWrittenOnce(record)
})

test('the ledger is unreachable for 30 s: the run waits and goes on', async () => {
  const closed = (state: 'login' | 'nologin') =>
    asSuperuser(
      `alter role ops_ledger ${state}; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ops_ledger'`,
    )
  await closed('nologin')
  const running = healthCheck('only=system')
  await sleep(30_000)
  await closed('login')
  const { code, record } = await running
  assert.ok(code <= 1)
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
