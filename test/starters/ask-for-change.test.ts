/** Asking for a change through the doors: each signs for whom it knows, and an estate file of one's own makes nobody of anybody. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { createKey } from '../../activities/adapters/signing.ts'
import type { Gate } from '../../domain/approvals/approval.ts'
import { changeWorkflowId } from '../../domain/ids.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import { incident } from '../../starters/commands/incident.ts'
import { createContext } from '../../starters/context.ts'
import { tell } from '../../starters/slack/incidents.ts'
import { createTerminal } from '../../starters/terminal.ts'
import { gatesQuery } from '../../workflows/messages.ts'
import { decisionsIn, doorKey, gateHands, newWorld, personKey, type World } from '../support/gate-rig.ts'
import {
  declaration,
  declare,
  done,
  type IncidentHandle,
  incidentHands,
  incidentWhen,
} from '../support/incident-rig.ts'
import { ROOT } from '../support/ops.ts'
import { restartPlan } from '../support/restart-plan.ts'
import { openDoor, paperSlack } from '../support/slack-door.ts'
import { ana, team } from '../support/team.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

const RESTART = { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} } as const

let rig: Rig

before(async () => {
  rig = await openRig('127.77.53.1')
})
after(async () => await rig?.close())

/** Somebody at the command line, with the key and the estate file that they have. */
async function atTerminal(context: TestContext, keyPem: string, keysOf: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder(context)
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const described = parse(await readFile(join(ROOT, 'sandbox', 'estate.yaml'), 'utf8'))
  for (const [person, key] of Object.entries(keysOf)) described.team.people[person].keys = [key]
  const environment = {
    NO_COLOR: '1',
    TEMPORAL_ADDRESS: rig.server.address,
    OPS_ESTATE: await file('estate.yaml', stringify(described)),
    OPS_KEY: await file('key.pem', keyPem),
  }
  return async (): Promise<string> => {
    const texts: string[] = []
    const screen = { write: (text: string) => texts.push(text) }
    const own = createContext(createTerminal(screen, screen, environment), false, environment)
    try {
      const request = { kind: 'tell', incident: 7, command: RESTART } as const
      await incident({ verb: 'incident', request, as: null, output: null }, own)
      return texts.join('')
    } finally {
      await own.close()
    }
  }
}

/** An open incident INC-7, whose changes are asked for and verified as in the control plane. */
async function inIncident<T>(world: World, story: (handle: IncidentHandle) => Promise<T>): Promise<T> {
  const { verifyStatement, openApproval, proveRequest } = gateHands(world).control
  assert.ok(verifyStatement && openApproval && proveRequest)
  const { hands } = incidentHands({
    control: { verifyStatement, openApproval, proveRequest },
    alpha: { planChange: async () => restartPlan },
  })
  return await rig.withWorkers(hands, async () => {
    const handle = await declare(rig, declaration({ severity: 'medium' }))
    await incidentWhen(handle, ({ evidenceAt }) => evidenceAt !== null)
    await done(handle, ana, { kind: 'acknowledge' })
    const query = `OpsIncident = 'INC-7' AND WorkflowType = 'incident' AND ExecutionStatus = 'Running'`
    while ((await rig.client.workflow.count(query)).count === 0) await new Promise(resolve => setTimeout(resolve, 50))
    try {
      return await story(handle)
    } finally {
      const left = [changeWorkflowId('alpha'), handle.workflowId]
      for (const id of left) {
        await rig.client.workflow
          .getHandle(id)
          .terminate('the test is over')
          .catch(() => undefined)
      }
      while ((await rig.client.workflow.count(query)).count > 0) await new Promise(resolve => setTimeout(resolve, 50))
    }
  })
}

const ended = (handle: IncidentHandle): Promise<Incident> =>
  incidentWhen(handle, ({ changes }) => changes[0]?.state === 'refused' || changes[0]?.state === 'awaiting-approval')

const askedGate = async (): Promise<Gate | undefined> => {
  const gates = await rig.client.workflow.getHandle(changeWorkflowId('alpha')).query(gatesQuery)
  return gates[0]
}

describe('a workaround', { timeout: 120_000 }, () => {
  test("asked for with one's own key is planned, and whoever asked is known", async context => {
    const say = await atTerminal(context, personKey('ana').privateKeyPem, { ana: personKey('ana').publicKey })
    const world = newWorld()
    await inIncident(world, async handle => {
      assert.match(await say(), /change 1 is being planned/)
      assert.equal((await ended(handle)).changes[0]?.state, 'awaiting-approval')
      assert.equal((await askedGate())?.request.requestedBy, 'ana')
      const [row] = decisionsIn(world)
      assert.deepEqual([row?.kind, row?.person, row?.door, row?.counted], ['request', 'ana', 'cli', true])
    })
  })

  const FORGED: readonly (readonly [what: string, key: ReturnType<typeof createKey>])[] = [
    ['her own key', personKey('ana')],
    ['a key of nobody', createKey()],
  ]
  for (const [what, key] of FORGED) {
    test(`asked for by ana as ben, with ${what} in an estate file of hers, changes nothing`, async context => {
      const say = await atTerminal(context, key.privateKeyPem, { ben: key.publicKey })
      const world = newWorld()
      await inIncident(world, async handle => {
        await say()
        const { changes } = await ended(handle)
        assert.equal(changes[0]?.state, 'refused')
        assert.match(changes[0]?.outcome ?? '', /^It is not proven that ben asks for this: (This|The) key/i)
        assert.deepEqual(
          decisionsIn(world).map(({ kind, person, counted }) => [kind, person, counted]),
          [['request', 'ben', false]],
        )
      })
    })
  }

  test('asked for in Slack is vouched for by the door', async context => {
    const { slack } = paperSlack()
    const { door, close } = await openDoor({ client: rig.client, slack })
    context.after(close)
    const world = newWorld()
    await inIncident(world, async handle => {
      assert.ok(team.slack !== null)
      const by = { id: ana, team, places: team.slack }
      const asked = { by, id: 'press-1', at: new Date().toISOString() }
      await tell({ ...door, signer: doorKey }, asked, { workflowId: handle.workflowId, number: null }, RESTART)
      assert.equal((await ended(handle)).changes[0]?.state, 'awaiting-approval')
      const [row] = decisionsIn(world)
      assert.deepEqual([row?.kind, row?.person, row?.door, row?.counted], ['request', 'ana', 'slack', true])
    })
  })
})
