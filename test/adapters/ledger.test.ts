/** The ledger on a real PostgreSQL: who may write, what is written once, and what the chain proves. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { ledgerFailure } from '../../activities/adapters/ledger/failure.ts'
import { type Ledger, openLedger } from '../../activities/adapters/ledger/ledger.ts'
import { migrateLedger } from '../../activities/adapters/ledger/migrate.ts'
import { OpsError } from '../../domain/failures.ts'
import { GENESIS, type LedgerTable } from '../../domain/ledger.ts'
import { plannedRestart, rowsOf } from '../support/ledger-rows.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'

const TABLES: readonly LedgerTable[] = [
  'runs',
  'findings',
  'measurements',
  'artefacts',
  'events',
  'incidents',
  'decisions',
]

let postgres: TestPostgres
let ledger: Ledger

before(async () => {
  postgres = await startPostgres()
  await postgres.sql('CREATE ROLE ops_owner LOGIN')
  await postgres.sql('CREATE ROLE ops_ledger LOGIN')
})
after(async () => {
  await postgres.stop()
})

/** A new database for each test: an append-only table cannot be emptied. */
let database = ''
let count = 0
beforeEach(async () => {
  count += 1
  database = `ledger_${count}`
  await postgres.sql(`CREATE DATABASE ${database} OWNER ops_owner`)
  assert.deepEqual(await migrate(), ['0001_append-only-tables', '0002_incidents-and-decisions'])
  ledger = openLedger(postgres.as('ops_ledger', database))
})

const migrate = () => migrateLedger(postgres.as('ops_owner', database), { applicationRole: 'ops_ledger' })
const first = rowsOf({
  runId: 'r1',
  nominalTime: '2026-11-20T09:00:00Z',
  findings: [
    { id: 'service.state', verdict: 'ok', evidence: { restarts: 0 } },
    { id: 'load', verdict: 'warn' },
  ],
  metrics: { 'acp.handshake.p95': 12.5 },
})

/** Changes rows as somebody who can switch the triggers off: the superuser. */
async function tamper(statement: string): Promise<void> {
  await postgres.sql(`SET session_replication_role = replica; ${statement}`, database)
}

async function rejectsAs(owner: OpsError['owner'], words: RegExp, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof OpsError, String(error))
    assert.equal(error.owner, owner, error.message)
    assert.match(error.message, words)
    assert.ok(error.hint.length > 10)
    return true
  })
}

describe('rights', () => {
  test('migrating again changes nothing, also twice at the same time', async () => {
    assert.deepEqual(await Promise.all([migrate(), migrate()]), [[], []])
  })

  test('the application role can neither update, delete, truncate, alter nor see the migrations', async () => {
    await ledger.append(first)
    const client = new pg.Client(postgres.as('ops_ledger', database))
    await client.connect()
    for (const table of TABLES) {
      for (const statement of [
        `UPDATE ledger.${table} SET body = '{}'`,
        `DELETE FROM ledger.${table}`,
        `TRUNCATE ledger.${table}`,
        `ALTER TABLE ledger.${table} DISABLE TRIGGER ALL`,
        `DROP TABLE ledger.${table}`,
        'SELECT * FROM ledger.migrations',
      ]) {
        await assert.rejects(client.query(statement), { code: '42501' }, statement)
      }
    }
    await client.end()
  })

  test('the owner is refused too, with a sentence that says why', async () => {
    await ledger.append(first)
    const client = new pg.Client(postgres.as('ops_owner', database))
    await client.connect()
    for (const table of TABLES) {
      await assert.rejects(client.query(`UPDATE ledger.${table} SET key = key`), /the ledger is append-only: UPDATE/)
      await assert.rejects(client.query(`DELETE FROM ledger.${table}`), /the ledger is append-only: DELETE/)
      await assert.rejects(client.query(`TRUNCATE ledger.${table}`), /the ledger is append-only: TRUNCATE/)
    }
    await client.end()
  })
})

describe('append', () => {
  test('starts the chain, and a second time adds nothing', async () => {
    assert.deepEqual(await ledger.head(), { sequence: 0, hash: GENESIS })
    const receipt = await ledger.append(first)
    assert.deepEqual([receipt.added, receipt.repeated, receipt.sequence], [4, 0, 4])
    const again = await ledger.append(first)
    assert.deepEqual(again, { ...receipt, added: 0, repeated: 4, conflicting: [] })
    assert.deepEqual(await ledger.verify(receipt), { kind: 'whole', rows: 4, head: await ledger.head() })
  })

  test('keeps the first of two rows with one key and names the other', async () => {
    await ledger.append(first)
    const other = rowsOf({
      runId: 'r1',
      nominalTime: '2026-11-20T09:00:00Z',
      findings: [
        { id: 'load', verdict: 'fail' },
        { id: 'zed.agent', verdict: 'ok' },
        { id: 'zed.agent', verdict: 'ok' },
      ],
    })
    const receipt = await ledger.append(other)
    assert.deepEqual([receipt.added, receipt.repeated, receipt.conflicting], [1, 3, ['r1/alpha/load']])
    assert.equal((await ledger.findRun('health-check:all'))?.findings.find(({ id }) => id === 'load')?.verdict, 'warn')
  })

  test('two writers at the same time keep one unbroken chain', async () => {
    const second = openLedger(postgres.as('ops_ledger', database))
    const runs = Array.from({ length: 20 }, (_, index) =>
      rowsOf({
        runId: `r${index}`,
        nominalTime: '2026-11-20T09:00:00Z',
        metrics: { a: 1, b: 2 },
        targets: ['alpha', 'beta'],
      }),
    )
    // Half of the runs are written by both, as a retry would that overtakes the first try.
    await Promise.all(
      runs.flatMap((rows, index) => [ledger.append(rows), ...(index % 2 === 0 ? [second.append(rows)] : [])]),
    )
    const check = await ledger.verify()
    assert.deepEqual([check.kind, check.rows], ['whole', 100])
    await second.close()
  })

  test('all rows or none', async () => {
    const bad = plannedRestart('e1', 'yesterday')
    await rejectsAs('configuration', /not an ISO time/, () => ledger.append([...first, bad]))
    assert.equal((await ledger.head()).sequence, 0)
  })

  test('text that PostgreSQL cannot hold is stored readable', async () => {
    const evidence = { line: 'nul \0 and half a pair \ud800', 'ke\0y': 'x' }
    await ledger.append(
      rowsOf({ runId: 'r1', nominalTime: '2026-11-20T09:00:00Z', findings: [{ id: 'a', verdict: 'ok', evidence }] }),
    )
    const run = await ledger.findRun('health-check:all', 'r1')
    assert.deepEqual(run?.findings[0]?.evidence, { line: 'nul \ufffd and half a pair \ufffd', 'ke\ufffdy': 'x' })
    assert.equal((await ledger.verify()).kind, 'whole')
  })
})

describe('verify names the first broken row', () => {
  beforeEach(async () => {
    await ledger.append(first)
    await ledger.note({
      id: 'e1',
      kind: 'note',
      target: 'all',
      at: '2026-11-20T10:00:00Z',
      reason: 'rehearsal',
      by: 'ana',
    })
  })

  test('a changed body', async () => {
    await tamper(`UPDATE ledger.findings SET body = replace(body, 'warn', 'fail') WHERE finding = 'load'`)
    assert.deepEqual(await ledger.verify(), {
      kind: 'broken',
      rows: 2,
      broken: { table: 'findings', sequence: 3, key: 'r1/alpha/load', what: 'its text is not the one that was hashed' },
    })
  })

  test('a changed body with a hash that fits it', async () => {
    await tamper(`UPDATE ledger.findings SET body = replace(body, 'warn', 'fail'),
      hash = encode(sha256(convert_to(prev_hash || E'\\n' || seq || E'\\nfindings\\n' || key || E'\\n' || replace(body, 'warn', 'fail'), 'UTF8')), 'hex')
      WHERE finding = 'load'`)
    const check = await ledger.verify()
    assert.ok(check.kind === 'broken')
    assert.deepEqual([check.broken.table, check.broken.sequence], ['measurements', 4])
    assert.match(check.broken.what, /does not continue row 3/)
  })

  test('a row removed from the middle', async () => {
    await tamper(`DELETE FROM ledger.findings WHERE finding = 'load'`)
    const check = await ledger.verify()
    assert.ok(check.kind === 'broken')
    assert.deepEqual([check.broken.table, check.broken.sequence], ['measurements', 4])
    assert.match(check.broken.what, /1 row is missing before this one: row 2 is followed by 4/)
  })

  test('a second row with the number of another one', async () => {
    await tamper(`INSERT INTO ledger.events (seq, key, body, prev_hash, hash)
      SELECT 3, 'forged', body, repeat('a', 64), repeat('b', 64) FROM ledger.events`)
    const check = await ledger.verify()
    assert.ok(check.kind === 'broken')
    assert.equal(check.broken.sequence, 3)
  })

  test('a cut tail, once a head is on record', async () => {
    const head = await ledger.head()
    await tamper('DELETE FROM ledger.events')
    assert.equal((await ledger.verify()).kind, 'whole')
    const check = await ledger.verify(head)
    assert.ok(check.kind === 'broken')
    assert.equal(check.broken.sequence, 5)
    assert.match(check.broken.what, /the tail is cut/)
  })

  test('a ledger that was written anew', async () => {
    const head = { ...(await ledger.head()), hash: 'f'.repeat(64) }
    const check = await ledger.verify(head)
    assert.ok(check.kind === 'broken')
    assert.match(check.broken.what, /written anew/)
  })
})

describe('recall', () => {
  const ask = {
    procedure: 'health-check',
    targets: ['alpha', 'beta'],
    before: '2026-11-23T08:00:00Z',
    days: 7,
  } as const

  test('nothing is known before the first run', async () => {
    assert.deepEqual(
      await ledger.recall({ ...ask, timezone: 'UTC' }),
      ask.targets.map(target => ({
        target,
        last: null,
        plannedRestarts: [],
        days: [],
        lastFindings: [],
      })),
    )
  })

  test('the first value of each local day, seven days back, today left out', async () => {
    for (let day = 10; day <= 23; day += 1) {
      // 23:30Z is half past midnight of the next day in Berlin; the rows carry the local day.
      const night = `2026-11-${String(day - 1).padStart(2, '0')}T23:30:00.000Z`
      await ledger.append(
        rowsOf({ runId: `n${day}`, nominalTime: night, day: `2026-11-${day}`, metrics: { p95: day } }),
      )
      await ledger.append(rowsOf({ runId: `m${day}`, nominalTime: `2026-11-${day}T09:00:00Z`, metrics: { p95: 1000 } }))
    }
    const [alpha, beta] = await ledger.recall({ ...ask, timezone: 'Europe/Berlin' })
    assert.deepEqual(
      alpha?.days.map(({ day, value }) => [day, value]),
      [16, 17, 18, 19, 20, 21, 22].map(day => [`2026-11-${day}`, day]),
    )
    assert.deepEqual(beta?.days, [])
  })

  test('the last full run, its findings as counted, and restarts announced since', async () => {
    const boot = { bootId: 'b1' }
    await ledger.append([
      ...rowsOf({
        runId: 'r1',
        nominalTime: '2026-11-21T09:00:00Z',
        findings: [
          { id: 'host.uptime', verdict: 'ok', evidence: boot },
          { id: 'service.state', verdict: 'ok', evidence: { restarts: 3 } },
        ],
      }),
      plannedRestart('too-early', '2026-11-21T08:00:00Z'),
      plannedRestart('later', '2026-11-22T20:00:00Z', 'all'),
      plannedRestart('kernel', '2026-11-22T10:00:00+01:00'),
      plannedRestart('elsewhere', '2026-11-22T10:00:00Z', 'beta'),
      plannedRestart('tomorrow', '2026-11-24T10:00:00Z'),
      // The host was silent: the boot and the restarts of the run before still stand.
      ...rowsOf({
        runId: 'r2',
        nominalTime: '2026-11-22T09:00:00Z',
        findings: [
          { id: 'host.silent', verdict: 'unknown' },
          { id: 'load', verdict: 'warn', waived: true },
        ],
      }),
      ...rowsOf({
        runId: 'r3',
        nominalTime: '2026-11-22T12:00:00Z',
        only: 'logs',
        findings: [{ id: 'log.errors', verdict: 'ok' }],
      }),
      ...rowsOf({ runId: 'r4', nominalTime: '2026-11-22T13:00:00Z', status: 'cancelled' }),
      ...rowsOf({ runId: 'r5', nominalTime: '2026-11-23T09:00:00Z', findings: [{ id: 'load', verdict: 'fail' }] }),
    ])
    const [alpha] = await ledger.recall({ ...ask, timezone: 'UTC' })
    assert.deepEqual(alpha?.last, { nominalTime: '2026-11-22T09:00:00Z', bootId: 'b1', restarts: 3 })
    assert.deepEqual(alpha?.lastFindings, [
      { id: 'host.silent', verdict: 'unknown' },
      { id: 'load', verdict: 'skipped' },
    ])
    assert.deepEqual(
      alpha?.plannedRestarts.map(({ id }) => id),
      ['kernel', 'later'],
    )
  })
})

describe('lists', () => {
  test('latest runs and events first, and one run with all that belongs to it', async () => {
    await ledger.append([
      ...first,
      {
        table: 'artefacts',
        row: {
          workflowId: 'health-check:all',
          runId: 'r1',
          kind: 'report-text',
          ref: 'sha256:ab',
          bytes: 1,
          sha256: 'ab',
        },
      },
      ...rowsOf({ runId: 'r2', nominalTime: '2026-11-21T09:00:00Z' }),
      plannedRestart('e1', '2026-11-20T08:00:00Z'),
      plannedRestart('e2', '2026-11-21T08:00:00Z'),
    ])
    assert.deepEqual(
      (await ledger.listRuns({ limit: 9 })).map(({ runId }) => runId),
      ['r2', 'r1'],
    )
    assert.equal((await ledger.listRuns({ limit: 1, procedure: 'health-check' })).length, 1)
    assert.equal((await ledger.listRuns({ limit: 9, since: '2026-11-21T00:00:00Z' })).length, 1)
    assert.deepEqual(
      (await ledger.listEvents({ limit: 9 })).map(({ id }) => id),
      ['e2', 'e1'],
    )
    assert.equal((await ledger.listEvents({ limit: 9, target: 'beta' })).length, 0)
    const run = await ledger.findRun('health-check:all', 'r1')
    assert.equal(run?.findings.length, 2)
    assert.deepEqual(run?.artefacts, [{ kind: 'report-text', ref: 'sha256:ab', bytes: 1, sha256: 'ab' }])
    assert.equal(await ledger.findRun('health-check:none'), null)
    assert.deepEqual(await ledger.artefactsOf('r1'), run?.artefacts)
    assert.deepEqual(await ledger.artefactsOf('r2'), [])
  })
})

describe('when it cannot be reached', () => {
  test('closed by NOLOGIN: the host’s problem, and it goes on once it is open again', async () => {
    await ledger.append(first)
    await postgres.sql('ALTER ROLE ops_ledger NOLOGIN')
    await postgres.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ops_ledger'`)
    try {
      await rejectsAs('host', /the ledger is unreachable/, () => ledger.head())
      await rejectsAs('host', /the ledger is unreachable/, () => ledger.append(first))
    } finally {
      await postgres.sql('ALTER ROLE ops_ledger LOGIN')
    }
    assert.equal((await ledger.append(first)).repeated, 4)
  })

  test('read-only for now: the host’s problem, and it goes on once rows are taken again', async () => {
    await postgres.sql(`ALTER DATABASE ${database} SET default_transaction_read_only = on`)
    await rejectsAs('host', /takes no rows for now: .*read-only transaction/, () => ledger.append(first))
    await postgres.sql(`ALTER DATABASE ${database} RESET default_transaction_read_only`)
    assert.equal((await ledger.append(first)).added, 4)
  })

  test('a network that is down is the host’s problem', () => {
    for (const code of ['ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL']) {
      assert.equal(ledgerFailure(Object.assign(new Error(`connect ${code}`), { code })).owner, 'host', code)
    }
  })

  test('cut off in the middle: nothing is written, and the next try writes all of it', async () => {
    const other = new pg.Client(postgres.as('postgres', database))
    await other.connect()
    await other.query('BEGIN; LOCK TABLE ledger.runs')
    const cut = rejectsAs('host', /the ledger is unreachable/, () => ledger.append(first))
    const waiting = `FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`
    while ((await postgres.sql(`SELECT pg_terminate_backend(pid) ${waiting}`)).length === 0) await sleep(10)
    await cut
    await other.end()
    assert.deepEqual(await ledger.head(), { sequence: 0, hash: GENESIS })
    assert.equal((await ledger.append(first)).added, 4)
  })

  test('nobody listens, no database, no tables, no URL: each names its owner, none its password', async () => {
    const secret = 'hunter2-secret'
    const nobody = openLedger({ host: '127.0.0.1', port: 1, user: 'ops_ledger', database: 'x', password: secret })
    await rejectsAs('host', /unreachable: connect ECONNREFUSED/, () => nobody.head())
    const missing = openLedger(postgres.as('ops_ledger', 'nowhere'))
    await rejectsAs('configuration', /database "nowhere" does not exist/, () => missing.head())
    const empty = openLedger(postgres.as('ops_ledger', 'postgres'))
    await rejectsAs('configuration', /no tables yet/, () => empty.head())
    await rejectsAs('configuration', /role "nobody" does not exist/, () =>
      migrateLedger(postgres.as('ops_owner', 'postgres'), { applicationRole: 'nobody' }).catch(() =>
        migrateLedger(postgres.superuser, { applicationRole: 'nobody' }),
      ),
    )
    await assert.rejects(
      async () => openLedger({ connectionString: `postgres://ops:${secret}@[bad` }).head(),
      (error: unknown) =>
        error instanceof OpsError && !JSON.stringify([error, error.message, error.stack]).includes(secret),
    )
  })
})
