/** `ops approve` and `ops show` of a change, on a real Temporal server with a real ledger: what is decided says so. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { type Ledger, openLedger } from '../../activities/adapters/ledger/ledger.ts'
import { createApprovalActivities } from '../../activities/approvals.ts'
import type { GateRequest, Verdict } from '../../domain/approvals/approval.ts'
import type { ChangeRequest, ChangeResult } from '../../domain/changes.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import { decide } from '../../starters/commands/decide.ts'
import { show } from '../../starters/commands/show.ts'
import { createContext } from '../../starters/context.ts'
import { createTerminal } from '../../starters/terminal.ts'
import type { GateOutcome } from '../../workflows/steps/gate.ts'
import { requestOf } from '../domain/approvals/samples.ts'
import { eventually } from '../support/alert-rig.ts'
import { estate } from '../support/facts.ts'
import { deciderOf, gateHands, newWorld, personKey, withGateWorkers } from '../support/gate-rig.ts'
import { ROOT } from '../support/ops.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { provenChange } from '../support/proven-request.ts'
import { restartRequest } from '../support/restart-plan.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createLedger } from '../support/test-ledger.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

type Ask = (requests: readonly GateRequest[]) => Promise<readonly GateOutcome[]>
type Change = (request: ChangeRequest) => Promise<ChangeResult>

const question = requestOf({ plan: { ...requestOf().plan, expiresAt: '2099-01-01T00:00:00.000Z' } })

let rig: Rig
let postgres: TestPostgres
let ledger: Ledger

before(async () => {
  ;[rig, postgres] = await Promise.all([openRig('127.77.44.1'), startPostgres()])
  await createLedger(postgres)
  ledger = openLedger(postgres.as('ops_ledger', 'ledger'))
})
after(async () => {
  await ledger?.close()
  await postgres?.stop()
  await rig?.close()
})

/** A command line of ben's: its words and exit codes. */
async function atTerminal(context: TestContext) {
  const folder = await temporaryFolder(context)
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const described = parse(await readFile(join(ROOT, 'sandbox', 'estate.yaml'), 'utf8'))
  described.team.people.ben.keys = [personKey('ben').publicKey]
  const { host, user, database } = postgres.as('ops_ledger', 'ledger')
  const environment = {
    NO_COLOR: '1',
    TEMPORAL_ADDRESS: rig.server.address,
    OPS_ESTATE: await file('estate.yaml', stringify(described)),
    OPS_KEY: await file('ben.pem', personKey('ben').privateKeyPem),
    OPS_LEDGER_URL_FILE: await file('ledger', `postgres://${user}@/${database}?host=${host}`),
  }
  const run = async (command: (own: ReturnType<typeof createContext>) => Promise<number>, json = false) => {
    const texts: string[] = []
    const screen = { write: (text: string) => texts.push(text) }
    const own = createContext(createTerminal(screen, screen, environment), json, environment)
    try {
      return { code: await command(own), out: texts.join('') }
    } finally {
      await own.close()
    }
  }
  return {
    say: (verb: Verdict, approvalId: string, json = false) =>
      run(own => decide({ verb, approvalId, reason: 'seen it', as: null }, own), json),
    show: (workflowId: string, json = false) => run(own => show({ verb: 'show', workflowId, runId: null }, own), json),
  }
}

function hands() {
  const world = newWorld()
  const { control, chat } = gateHands(world)
  const own: typeof control = {
    ...control,
    ...createApprovalActivities({ readTeam: async () => world.team, ledger, readIncident: async () => null }),
    record: async rows => void (await ledger.append(rows)),
    readEstate: async () => estate,
  }
  return { control: own, ...(chat === undefined ? {} : { chat }), hosts: {} }
}

describe('a decision at the command line', { timeout: 90_000 }, () => {
  test('on what is decided says who decided what and when, while its run goes on and after it', async context => {
    const terminal = await atTerminal(context)
    await withGateWorkers(rig, hands(), async () => {
      const handle = await rig.client.workflow.start<Ask>('askAll', {
        workflowId: `ask:${randomUUID()}`,
        taskQueue: CONTROL_QUEUE,
        args: [[question, question]],
      })
      const decider = deciderOf(handle)
      const { approvalId } = await decider.open()
      const counted = await terminal.say('approve', approvalId)
      assert.deepEqual(counted, { code: 0, out: `${approvalId} is approved: ${question.title}\n` })

      await decider.open()
      const late = await terminal.say('deny', approvalId)
      assert.equal(late.code, 77)
      assert.match(late.out, /^not counted: Too late: ben approved this, decided at .* UTC\. To stop .*ops cancel/)
      const tries = (await ledger.listDecisions({ limit: 9, approvalId })).filter(({ kind }) => kind === 'attempt')
      assert.deepEqual(
        tries.map(({ verdict, counted: one }) => `${verdict} ${one}`),
        ['deny false', 'approve true'],
      )

      await decider.say('cy', 'deny', { reason: 'no' })
      await handle.result()
      const words = new RegExp(`^not counted: Too late for ${approvalId}\\. Approved by ben: seen it \\(.* UTC\\)\\.`)
      const past = await terminal.say('approve', approvalId)
      assert.equal(past.code, 77)
      assert.match(past.out, words)
      const json = JSON.parse((await terminal.say('approve', approvalId, true)).out)
      assert.deepEqual([json.approvalId, json.state, json.counted], [approvalId, 'approved', false])
      const written = await eventually('both tries in the ledger', async () => {
        const rows = await ledger.listDecisions({ limit: 20, approvalId })
        const tries = rows.filter(({ entry }) => entry.startsWith('late-approve-ben-'))
        return tries.length === 2 && tries
      })
      for (const { kind, person, door, counted, workflowId, text } of written) {
        assert.deepEqual([kind, person, door, counted, workflowId], ['attempt', 'ben', 'cli', false, handle.workflowId])
        assert.match(text, /^Too late for .*Approved by ben: seen it/)
      }
    })
  })

  test('on what was never asked says that nothing waits', async context => {
    const terminal = await atTerminal(context)
    await assert.rejects(terminal.say('approve', 'APR-0000000000'), /nothing waits under APR-0000000000/)
  })
})

test('the show of a change tells how it ended', { timeout: 60_000 }, async context => {
  const terminal = await atTerminal(context)
  const request = { ...restartRequest, change: { ...restartRequest.change, host: 'omega' } }
  await withGateWorkers(rig, hands(), async () => {
    const options = { workflowId: 'change:omega', taskQueue: CONTROL_QUEUE }
    await rig.client.workflow.execute<Change>('change', { ...options, args: [provenChange(request)] })
  })
  const { code, out } = await terminal.show('change:omega')
  assert.equal(code, 0)
  assert.match(out, /^ {2}refused: The estate has no host omega\.$/m)
  const { outcome } = JSON.parse((await terminal.show('change:omega', true)).out)
  assert.deepEqual(outcome, { state: 'refused', outcome: 'The estate has no host omega.' })
})
