/** What the command line reads from a real ledger beside Temporal: the freeze, and incidents that Temporal has forgotten. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openLedger } from '../../activities/adapters/ledger/ledger.ts'
import type { IncidentRow } from '../../domain/ledger.ts'
import type { TemporalClient } from '../../starters/client.ts'
import { incident } from '../../starters/commands/incident.ts'
import { list } from '../../starters/commands/list.ts'
import { type Context, createContext } from '../../starters/context.ts'
import { createTerminal } from '../../starters/terminal.ts'
import { paperTemporal } from '../support/paper-temporal.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createLedger } from '../support/test-ledger.ts'

const AT = '2026-11-23T09:00:00Z'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres()
  await createLedger(postgres)
})
after(async () => await postgres.stop())

/** A terminal whose Temporal knows no run. */
async function screen(context: Parameters<typeof temporaryFolder>[0], json: boolean, database = 'ledger') {
  const file = join(await temporaryFolder(context), 'url')
  await writeFile(file, `postgres://ops_ledger@localhost/${database}?host=${postgres.superuser.host}`)
  const said = { out: '', err: '' }
  const into = (name: 'out' | 'err') => ({
    write: (text: string) => {
      said[name] += text
    },
  })
  const terminal = createTerminal(into('out'), into('err'), { NO_COLOR: '1' })
  const temporal = async (): Promise<TemporalClient> => ({
    client: paperTemporal().client,
    address: 'paper',
    close: async () => undefined,
  })
  const at: Context = { ...createContext(terminal, json, { OPS_LEDGER_URL_FILE: file }), temporal }
  return { said, at }
}

const runs = { verb: 'list', open: false, failed: false, sinceMs: null } as const

test('the list of runs says that changes are frozen, and that nobody can say so', {
  timeout: 60_000,
}, async context => {
  const ledger = openLedger(postgres.as('ops_ledger', 'ledger'))
  context.after(() => ledger.close())
  const asJson = async (database?: string) => {
    const { said, at } = await screen(context, true, database)
    assert.equal(await list(runs, at), 0)
    return JSON.parse(said.out)
  }
  assert.deepEqual(await asJson(), { runs: [], frozen: null })
  const event = { id: 'f1', kind: 'freeze', target: 'estate', at: AT, reason: 'audit', by: 'ben' } as const
  await ledger.note(event)
  assert.deepEqual(await asJson(), { runs: [], frozen: event })
  const { said, at } = await screen(context, false)
  await list(runs, at)
  assert.equal(said.out, `changes are frozen since ${AT} by ben: audit\nno runs\n`)
  assert.deepEqual(await asJson('nowhere'), { runs: [], frozen: 'unread' })
})

test('an incident that Temporal has forgotten is shown and exported as the ledger knows it', {
  timeout: 60_000,
}, async context => {
  const ledger = openLedger(postgres.as('ops_ledger', 'ledger'))
  context.after(() => ledger.close())
  const row: IncidentRow = {
    number: 1,
    incident: 'run-1',
    workflowId: 'incident:a/b',
    entry: 1,
    at: AT,
    kind: 'declared',
    text: 'declared Critical',
    person: 'ana',
    door: 'cli',
    title: 'acp down',
    severity: 'critical',
    category: 'availability',
    status: 'closed',
    startedAt: AT,
  }
  await ledger.append([{ table: 'incidents', row }])
  const exported = async (number: number, format: 'markdown' | 'json') => {
    const { said, at } = await screen(context, false)
    const request = { kind: 'export', incident: number, format } as const
    await incident({ verb: 'incident', request, as: null, output: null }, at)
    return said
  }
  const shown = async (json: boolean, timeline = false) => {
    const { said, at } = await screen(context, json)
    const request = { kind: 'show', incident: 1, timeline } as const
    await incident({ verb: 'incident', request, as: null, output: null }, at)
    return said.out
  }
  for (const timeline of [false, true]) {
    assert.match(await shown(false, timeline), /^Temporal has forgotten its state.*\n.*ana {2}declared Critical\n$/)
  }
  assert.deepEqual(JSON.parse(await shown(true)), { number: 1, timeline: [row] })
  const { out, err } = await exported(1, 'markdown')
  assert.match(out, /^# INC-1 acp down/)
  assert.match(out, /ana: declared Critical/)
  assert.match(err, /Temporal has forgotten its state/)
  assert.deepEqual(JSON.parse((await exported(1, 'json')).out), { number: 1, timeline: [row] })
  await assert.rejects(exported(9, 'json'), /there is no INC-9/)
})
