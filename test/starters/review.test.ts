/** `ops review`: a signed row closes an emergency decision; nobody closes their own, an estate file of one's own closes nothing, and the doctor lists what is open. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { type Ledger, openLedger } from '../../activities/adapters/ledger/ledger.ts'
import { createKey } from '../../activities/adapters/signing.ts'
import { createApprovalActivities } from '../../activities/approvals.ts'
import type { Finding } from '../../domain/findings.ts'
import type { DecisionRow } from '../../domain/ledger.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { review } from '../../starters/commands/approvals.ts'
import { createContext } from '../../starters/context.ts'
import { createTerminal } from '../../starters/terminal.ts'
import { personKey, sandboxTeam } from '../support/gate-rig.ts'
import { ops, ROOT } from '../support/ops.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createLedger } from '../support/test-ledger.ts'

let postgres: TestPostgres
let ledger: Ledger

before(async () => {
  postgres = await startPostgres()
  await createLedger(postgres)
  ledger = openLedger(postgres.as('ops_ledger', 'ledger'))
})
after(async () => {
  await ledger?.close()
  await postgres?.stop()
})

/** Of somebody whose estate file says that this key is that person's. */
async function environmentOf(context: TestContext, person: string, key: ReturnType<typeof createKey>) {
  const folder = await temporaryFolder(context)
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const described = parse(await readFile(join(ROOT, 'sandbox', 'estate.yaml'), 'utf8'))
  described.team.people[person].keys = [key.publicKey]
  const { host, user, database } = postgres.as('ops_ledger', 'ledger')
  return {
    NO_COLOR: '1',
    OPS_ESTATE: await file('estate.yaml', stringify(described)),
    OPS_KEY: await file('key.pem', key.privateKeyPem),
    OPS_LEDGER_URL_FILE: await file('ledger', `postgres://${user}@/${database}?host=${host}`),
  }
}

/** Their command line. */
async function terminalOf(context: TestContext, person: string, key: ReturnType<typeof createKey>) {
  const environment = await environmentOf(context, person, key)
  return async (approvalId: string): Promise<string> => {
    const texts: string[] = []
    const screen = { write: (text: string) => texts.push(text) }
    const own = createContext(createTerminal(screen, screen, environment), false, environment)
    try {
      await review({ verb: 'review', approvalId, reason: 'password=hunter2 was needed', as: null }, own)
      return texts.join('')
    } finally {
      await own.close()
    }
  }
}

/** Dee has broken glass for what ana asked for in INC-7. */
async function brokenGlass(approvalId: string): Promise<void> {
  const at = new Date().toISOString()
  const opened: DecisionRow = {
    approvalId,
    entry: 'opened',
    kind: 'opened',
    workflowId: 'change:alpha',
    at,
    person: 'ana',
    door: 'ops',
    verdict: 'ask',
    digest: 'ab',
    counted: false,
    text: 'restart alpha',
    incident: 'INC-7',
  }
  const said = { entry: 'attempt-1', kind: 'attempt', person: 'dee', door: 'cli', verdict: 'breakglass' } as const
  const used: DecisionRow = { ...opened, ...said, counted: true, text: 'nobody was awake' }
  await ledger.append([opened, used].map(row => ({ table: 'decisions', row })))
}

/** What the control plane says, with its own estate file. */
const openOf = async (approvalId: string): Promise<boolean> => {
  const own = createApprovalActivities({ readTeam: async () => sandboxTeam(), ledger, readIncident: async () => null })
  return (await own.openReviews('dee' as PersonId)).some(name => name.startsWith(approvalId))
}

describe('a review at the command line', { timeout: 60_000 }, () => {
  test('of what was never decided alone is refused', async context => {
    const ben = await terminalOf(context, 'ben', personKey('ben'))
    await assert.rejects(ben('APR-0000000000'), /nothing to review under APR-0000000000/)
  })

  test('by who decided, or by who asked, is refused and writes nothing', async context => {
    await brokenGlass('APR-1')
    const dee = await terminalOf(context, 'dee', personKey('dee'))
    await assert.rejects(dee('APR-1'), { message: 'nobody reviews their own decision' })
    const ana = await terminalOf(context, 'ana', personKey('ana'))
    await assert.rejects(ana('APR-1'), { message: 'nobody reviews what they asked for themselves' })
    const rows = await ledger.listDecisions({ limit: 9, approvalId: 'APR-1' })
    assert.deepEqual(rows.map(({ kind }) => kind).toSorted(), ['attempt', 'opened'])
  })

  test('by another approver closes it, and lets who decided do so again', async context => {
    await brokenGlass('APR-2')
    assert.equal(await openOf('APR-2'), true)
    const ben = await terminalOf(context, 'ben', personKey('ben'))
    assert.equal(await ben('APR-2'), 'APR-2 (INC-7) is reviewed by ben\n')
    assert.equal(await openOf('APR-2'), false)
    const [row] = await ledger.listDecisions({ limit: 1, approvalId: 'APR-2' })
    assert.deepEqual([row?.kind, row?.person, row?.incident], ['review', 'ben', 'INC-7'])
    assert.match(row?.text ?? '', /redacted/)
  })

  const FORGED: readonly (readonly [what: string, key: ReturnType<typeof createKey>])[] = [
    ['her own key', personKey('dee')],
    ['a key of nobody', createKey()],
  ]
  for (const [what, key] of FORGED) {
    test(`by dee as ben, with ${what} in an estate file of hers, closes nothing`, async context => {
      const approvalId = `APR-3-${key.kid}`
      await brokenGlass(approvalId)
      await (await terminalOf(context, 'ben', key))(approvalId)
      assert.equal(await openOf(approvalId), true)
    })
  }

  test('that nobody has signed is told as open by the doctor, one that somebody has is not', async context => {
    for (const approvalId of ['APR-4', 'APR-5']) await brokenGlass(approvalId)
    const [use] = await ledger.emergencyUses({ approvalId: 'APR-4' })
    assert.ok(use !== undefined)
    const unsigned: DecisionRow = {
      ...use.used,
      entry: 'review-ben',
      kind: 'review',
      person: 'ben',
      verdict: 'review',
      text: 'seen',
    }
    await ledger.append([{ table: 'decisions', row: unsigned }])
    await (await terminalOf(context, 'ben', personKey('ben')))('APR-5')

    const { out } = await ops(['doctor', '--json'], await environmentOf(context, 'ben', personKey('ben')))
    const findings: readonly Finding[] = JSON.parse(out).findings
    const found = findings.find(({ id }) => id === 'ledger.reviews')
    assert.equal(found?.verdict, 'warn')
    assert.match(found?.summary ?? '', /APR-4 \(INC-7\) of dee/)
    assert.doesNotMatch(found?.summary ?? '', /APR-5/)
    assert.match(found?.hint ?? '', /ops review APR-… --reason R/)
  })
})
