/** `ops freeze` and `ops thaw` on a real ledger: they hold without Temporal, and say what is then late. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { openLedger } from '../../activities/adapters/ledger/ledger.ts'
import { personKey } from '../support/gate-rig.ts'
import { ops, ROOT } from '../support/ops.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createLedger } from '../support/test-ledger.ts'

const DATABASE = 'frozen'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres()
  await createLedger(postgres, DATABASE)
})
after(async () => await postgres.stop())

test('without Temporal the switch is turned all the same, once', { timeout: 60_000 }, async context => {
  const folder = await temporaryFolder(context)
  const described = parse(await readFile(join(ROOT, 'sandbox', 'estate.yaml'), 'utf8'))
  described.team.people.ben.keys = [personKey('ben').publicKey]
  await writeFile(join(folder, 'estate.yaml'), stringify(described))
  await writeFile(join(folder, 'ben.pem'), personKey('ben').privateKeyPem, { mode: 0o600 })
  await writeFile(join(folder, 'url'), `postgres://ops_ledger@localhost/${DATABASE}?host=${postgres.superuser.host}`)
  const environment = {
    TEMPORAL_ADDRESS: '127.77.46.1:1',
    OPS_ESTATE: join(folder, 'estate.yaml'),
    OPS_KEY: join(folder, 'ben.pem'),
    OPS_LEDGER_URL_FILE: join(folder, 'url'),
  }
  const frozen = await ops(['freeze', '--reason', 'audit'], environment)
  assert.deepEqual([frozen.code, frozen.out], [0, 'frozen: no changing step starts until `ops thaw --reason R`\n'])
  assert.match(frozen.err, /Temporal does not answer: open cards show it when they change next/)
  const again = await ops(['freeze', '--reason', 'more'], environment)
  assert.match(again.out, /already frozen since .* by ben: audit/)
  assert.equal(again.err, '', 'nothing has changed that a card could show')
  assert.equal((await ops(['thaw', '--reason', 'done'], environment)).code, 0)

  const ledger = openLedger(postgres.as('ops_ledger', DATABASE))
  context.after(() => ledger.close())
  const events = await ledger.listEvents({ limit: 9 })
  assert.deepEqual(events.map(({ kind, by, reason }) => `${kind} ${by} ${reason}`).toSorted(), [
    'freeze ben audit',
    'thaw ben done',
  ])
})
