/** Slack's own framework behind the stand-in: it takes the signatures and finds its way in every payload. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { App, HTTPReceiver, LogLevel } from '@slack/bolt'
import { admin, order, press, say, submit } from '../../../sandbox/slack/client.ts'
import { eventually } from '../../support/live.ts'
import { at, card, type Ending, modal, type Rig, SECRET, startRig, TOKEN } from './rig.ts'

async function startBolt(context: Ending): Promise<Rig & { readonly heard: string[] }> {
  // Bolt needs the stand-in's address and the stand-in needs Bolt's: a port is taken first and given to Bolt.
  const port = await freePort()
  const rig = await startRig(context, { ingress: `http://127.0.0.1:${port}/slack/events` })
  const receiver = new HTTPReceiver({ signingSecret: SECRET, logLevel: LogLevel.ERROR })
  const app = new App({
    receiver,
    token: TOKEN,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: `${rig.standIn.url}/api/` },
  })
  const heard: string[] = []
  app.command('/ops', async ({ ack, body, client, respond }) => {
    await ack('one moment')
    heard.push(`command ${body.user_id} ${body.text}`)
    await client.apiCall('views.open', { trigger_id: body.trigger_id, view: modal() })
    await respond('opened')
  })
  app.action('ops:approval:approve:v1', async ({ ack, body, action }) => {
    await ack()
    heard.push(`action ${body.user.id} ${at(action, 'value')}`)
  })
  app.view('ops:modal:declare:v1', async ({ ack, view }) => {
    await ack({ response_action: 'errors', errors: { title: `no: ${view.state.values.title?.title?.value}` } })
  })
  app.shortcut('ops:note', async ({ ack, shortcut }) => {
    await ack()
    heard.push(`shortcut ${shortcut.type}`)
  })
  app.event('app_home_opened', async ({ event }) => {
    heard.push(`home ${event.user}`)
  })
  await receiver.start({ port, host: '127.0.0.1' })
  context.after(() => receiver.stop())
  return { ...rig, heard }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

test('a command, a modal, a press, a shortcut and the home reach their listeners', async context => {
  const { door, client, heard } = await startBolt(context)
  const { ts = '' } = await client.chat.postMessage({ channel: 'C0OPS', text: 'card', blocks: [...card()] })
  assert.equal((await say(door, 'ana', '/ops incident')).word, 'ok')
  await eventually('a modal', async () => at(await admin(door, 'screen', { person: 'ana' }), 'modal') ?? undefined, 10)
  const refused = await submit(door, 'ana', { title: 'acp down', severity: 'high' })
  assert.equal(refused.says, 'no: acp down')
  assert.equal((await press(door, 'ben', 'Approve')).word, 'ok')
  await admin(door, 'shortcut', { person: 'ana', callbackId: 'ops:note', channel: 'C0OPS', ts })
  await admin(door, 'home', { person: 'cy' })
  assert.deepEqual(heard, ['command U0ANA incident', 'action U0BEN v1', 'shortcut message_action', 'home U0CY'])
})

test('a signature that is five minutes old is refused', async context => {
  const { door, heard } = await startBolt(context)
  await order(door, { kind: 'skew', seconds: -301 })
  const seen = await say(door, 'ana', '/ops incident')
  assert.match(seen.says, /status code 401/)
  assert.deepEqual(heard, [])
})
