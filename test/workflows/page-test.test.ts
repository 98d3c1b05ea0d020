/** A test page from its start to its end: the real workflow, the real ways to ring, and a pager service that really answers. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import { createPager } from '../../activities/adapters/pager.ts'
import { createChatActivities } from '../../activities/chat.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import type { endPageTest, pageTest } from '../../workflows/page-test.ts'
import { ana, ben, team } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

let rig: Rig
before(async () => {
  rig = await openRig('127.81.0.39')
})
after(() => rig?.close())

interface PagerEvent {
  readonly event_action: string
  readonly dedup_key: string
  readonly payload?: { readonly summary: string }
}

async function pagerService(context: TestContext) {
  const events: PagerEvent[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    events.push(JSON.parse(body))
    response.writeHead(202).end()
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  context.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/enqueue`
  return { events, pager: createPager({ url, routingKey: 'r0ut1ng' }) }
}

test('rings by the pager when no other way is there, says so at once, and ends the alarm', async context => {
  const { events, pager } = await pagerService(context)
  const chat = createChatActivities({
    slack: null,
    mailer: null,
    pager,
    readTeam: async () => ({ ...team, pageBy: ['slack', 'mail', 'webhook'] }),
    readIncident: workflowId => rig.client.workflow.getHandle(workflowId).query<Incident | null>('incident'),
    readGate: async () => null,
    readFreeze: async () => null,
    attempt: () => 1,
  })
  await rig.withWorkers({ control: {}, hosts: {}, chat }, async () => {
    const receipt = await rig.client.workflow.execute<typeof pageTest>('pageTest', {
      workflowId: 'page-test:ana',
      taskQueue: CONTROL_QUEUE,
      args: [{ person: ana, requestedBy: ben, id: 'one' }],
    })
    assert.deepEqual([receipt.delivered, receipt.failed.map(({ channel }) => channel)], ['webhook', ['slack', 'mail']])
    const rung = events.find(({ event_action }) => event_action === 'trigger')
    assert.ok(rung)
    assert.match(rung.payload?.summary ?? '', /TEST Test page/)
    assert.equal(events.at(-1), rung, 'it rings, and nothing has ended it yet')

    await rig.skipTime('end-page-test:one')
    await rig.client.workflow.getHandle<typeof endPageTest>('end-page-test:one').result()
    const ended = events.slice(events.indexOf(rung) + 1)
    assert.ok(ended.some(event => event.event_action === 'resolve' && event.dedup_key === rung.dedup_key))
    assert.ok(ended.every(({ event_action }) => event_action === 'resolve'))
  })
})
