/** `ops oncall` and `ops page test`, on a real Temporal server: also when nobody is there. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { parse, stringify } from 'yaml'
import type { PageOrder } from '../../activities/incident-response.ts'
import { CHAT_QUEUE, CONTROL_QUEUE } from '../../domain/ids.ts'
import { workflowBundle } from '../../workers/bundle.ts'
import { personKey } from '../support/gate-rig.ts'
import { ops, ROOT } from '../support/ops.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

let rig: Rig
before(async () => {
  rig = await openRig('127.77.48.1')
})
after(async () => await rig?.close())

/** Ben's terminal. */
async function environment(context: TestContext, change: (team: Record<string, unknown>) => void = () => undefined) {
  const folder = await temporaryFolder(context)
  const described = parse(await readFile(join(ROOT, 'sandbox', 'estate.yaml'), 'utf8'))
  described.team.people.ben.keys = [personKey('ben').publicKey]
  change(described.team)
  await writeFile(join(folder, 'estate.yaml'), stringify(described))
  await writeFile(join(folder, 'ben.pem'), personKey('ben').privateKeyPem, { mode: 0o600 })
  return {
    TEMPORAL_ADDRESS: rig.server.address,
    OPS_ESTATE: join(folder, 'estate.yaml'),
    OPS_KEY: join(folder, 'ben.pem'),
  }
}

test('a page that no worker takes up is given up and withdrawn', { timeout: 60_000 }, async context => {
  const { code, out, err } = await ops(['page', 'test', 'ana'], await environment(context))
  assert.deepEqual([code, out], [69, ''], err)
  assert.match(err, /was taken up by no worker within 10 s, and is withdrawn/)
  const { status } = await rig.client.workflow.getHandle('page-test:ana').describe()
  assert.equal(status.name, 'TERMINATED')
})

test('a page that is delivered says by what, and one at a time', { timeout: 60_000 }, async context => {
  const rung: PageOrder[] = []
  const [allowed, allow] = [Promise.withResolvers<void>(), () => allowed.promise]
  const page = async (order: PageOrder) => {
    rung.push(order)
    await allow()
    return { delivered: 'mail', failed: [{ channel: 'slack', why: 'not configured' }], phone: null }
  }
  const posts = [
    { taskQueue: CONTROL_QUEUE, workflowBundle: await workflowBundle() },
    { taskQueue: CHAT_QUEUE, activities: { page } },
  ]
  const mine = await environment(context)
  await rig.whileWorking(posts, async () => {
    const first = ops(['page', 'test', 'ana'], mine)
    while (rung.length === 0) await new Promise(resolve => setTimeout(resolve, 50))
    const second = await ops(['page', 'test', 'ana'], mine)
    assert.deepEqual([second.code, /is being rung by another test/.test(second.err)], [75, true], second.err)
    allowed.resolve()
    const { code, out, err } = await first
    assert.deepEqual([code, out], [0, 'slack: not configured\ndelivered to Ana Alvarez by mail\n'], err)
  })
  assert.equal(rung.length, 1)
})

test('nobody on call is said in words', { timeout: 60_000 }, async context => {
  const without = await environment(context, team => {
    delete team.oncall
    Object.assign(team.groups as object, { responders: [] })
  })
  const { code, out, err } = await ops(['oncall'], without)
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^nobody is on call: the estate file has neither team.oncall nor members/)
})
