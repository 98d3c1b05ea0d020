/** `ops ledger verify` on a real PostgreSQL: a tail that was cut off cleanly shows, because a report names the head. */
import assert from 'node:assert/strict'
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import { openLedger } from '../../activities/adapters/ledger/ledger.ts'
import type { ChainHead } from '../../domain/ledger.ts'
import { rowsOf } from '../support/ledger-rows.ts'
import { ops } from '../support/ops.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createLedger } from '../support/test-ledger.ts'

const DATABASE = 'verified'

let postgres: TestPostgres
/** The head after the first run and after the second. */
const heads: ChainHead[] = []

before(async () => {
  postgres = await startPostgres()
  await createLedger(postgres, DATABASE)
  const ledger = openLedger(postgres.as('ops_ledger', DATABASE))
  for (const day of ['20', '21']) {
    const nominalTime = `2026-11-${day}T09:00:00Z`
    heads.push(
      await ledger.append(rowsOf({ runId: `r${day}`, nominalTime, findings: [{ id: 'load', verdict: 'ok' }] })),
    )
  }
  await ledger.close()
})
after(async () => await postgres.stop())

const report = (day: string, head: ChainHead | undefined) =>
  JSON.stringify({
    workflowId: 'health-check:all',
    nominalTime: `2026-11-${day}T09:00:00Z`,
    report: { ledgerHead: { sequence: head?.sequence, hash: head?.hash } },
  })

test('a cut tail fails against the head of the newest report or one that is given, and nothing else does', async t => {
  const folder = await temporaryFolder(t)
  const urlFile = join(folder, 'ledger-url')
  const artefacts = join(folder, 'artefacts')
  await writeFile(urlFile, `postgres://ops_ledger@localhost/${DATABASE}?host=${postgres.superuser.host}`)
  const verify = (...words: string[]) =>
    ops(['ledger', 'verify', ...words], { OPS_LEDGER_URL_FILE: urlFile, OPS_ARTEFACTS: artefacts })
  const [first, second] = heads
  assert.ok(first && second)

  const alone = await verify()
  assert.equal(alone.code, 0, alone.err)
  assert.match(alone.out, /compared with no head: .*a cut tail would not show/)

  const store = createFolderStore(artefacts)
  const put = async (kind: string, text: string, at: number) => {
    const { sha256 } = await store.put(kind, new TextEncoder().encode(text))
    const path = join(artefacts, sha256.slice(0, 2), sha256)
    await utimes(path, at, at)
    return path
  }
  await put('report-json', report('20', first), 1_000)
  await put('report-json', report('21', second), 2_000)
  // Younger, and no report: a log, another JSON, and one whose content is not what its name says.
  await put('log-excerpt', 'one line', 3_000)
  await put('other', '{"report":{}}', 3_001)
  const damaged = await put('report-json', report('22', first), 3_002)
  await writeFile(damaged, report('23', first))
  await utimes(damaged, 3_002, 3_002)

  const whole = await verify()
  assert.equal(whole.code, 0, whole.err)
  assert.match(whole.out, new RegExp(`compared with head ${second.sequence} ${second.hash}: report of .*2026-11-21`))

  const last = second.sequence
  await postgres.sql(
    `SET session_replication_role = replica;
     ${['runs', 'findings', 'measurements', 'artefacts', 'events', 'incidents', 'decisions'].map(table => `DELETE FROM ledger.${table} WHERE seq > ${first.sequence}`).join(';')}`,
    DATABASE,
  )
  const cut = await verify()
  assert.equal(cut.code, 2, cut.out + cut.err)
  assert.match(cut.out, new RegExp(`ends at row ${first.sequence}, but a head at row ${last} is on record`))
  assert.match(cut.out, new RegExp(`missing: rows ${first.sequence + 1} to ${last} at least`))
  assert.match(cut.out, /report of health-check:all, 2026-11-21/)
  const { kind, comparedWith } = JSON.parse((await verify('--json')).out)
  assert.deepEqual([kind, comparedWith.sequence, comparedWith.hash], ['broken', last, second.hash])

  assert.equal((await verify('--head', `${first.sequence}:${first.hash}`)).code, 0)
  assert.equal((await verify('--head', `${last}:${second.hash}`)).code, 2)
  const rewritten = await verify('--head', `${first.sequence}:${'0'.repeat(64)}`)
  assert.equal(rewritten.code, 2)
  assert.match(rewritten.out, /written anew/)
})
