/** The door of laptops: a real WebSocket, the other end of which is in test/support. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { Registry } from 'prom-client'
import { createSocketDoor } from '../../starters/slack.ts'
import type { KeptSocket } from '../../starters/slack-socket.ts'
import { commandBody, openDoor, paperSlack } from '../support/slack-door.ts'
import { type SocketStandIn, startSocketStandIn } from '../support/slack-socket.ts'

const TOKEN = 'xapp-1-of-the-tests'
const client = {
  withDeadline: async (_at: number, work: () => Promise<unknown>) => await work(),
} as unknown as Client

async function eventually(what: string, look: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !look(); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
  }
}

interface Opened {
  readonly standIn: SocketStandIn
  readonly socket: KeptSocket
  readonly warnings: readonly string[]
}

async function open(context: TestContext, refusal: string | null = null, appToken = TOKEN): Promise<Opened> {
  const standIn = await startSocketStandIn(TOKEN)
  standIn.refuse(refusal)
  const { door, warnings, close } = await openDoor({ client, slack: paperSlack().slack })
  const socket = createSocketDoor(door, {
    appToken,
    apiUrl: standIn.apiUrl,
    registry: new Registry(),
    firstPauseMs: 20,
  })
  context.after(async () => {
    await socket.close()
    await close()
    await standIn.close()
  })
  return { standIn, socket, warnings }
}

/** As Slack delivers a command by a socket. */
function envelope(id: string, text: string): object {
  return {
    type: 'slash_commands',
    envelope_id: id,
    accepts_response_payload: true,
    payload: Object.fromEntries(new URLSearchParams(commandBody(text))),
  }
}

async function whoami({ standIn }: Opened, id: string): Promise<void> {
  standIn.deliver(envelope(id, 'whoami'))
  await eventually('the answer', () => standIn.heard.some(({ envelope_id }) => envelope_id === id))
  const answers = standIn.heard.filter(({ envelope_id }) => envelope_id === id)
  assert.equal(answers.length, 1)
  assert.match(String(answers[0]?.payload?.text), /ana/)
}

test('a command is heard and answered', async context => {
  const opened = await open(context)
  await eventually('the connection', () => opened.socket.health().connected)
  assert.deepEqual(opened.socket.health(), { socket: true, connected: true, why: null })
  await whoami(opened, 'E1')
})

test('a Slack that is away is asked again until it is back, and the reason is told', async context => {
  const opened = await open(context, 'internal_error')
  const { standIn, socket, warnings } = opened
  await eventually('three tries', () => standIn.asked() >= 3)
  assert.deepEqual(socket.health(), { socket: true, connected: false, why: 'Slack refuses: internal_error' })
  assert.match(warnings.join('\n'), /not connected to Slack.*internal_error/)
  standIn.refuse(null)
  await eventually('the connection', () => socket.health().connected)
  await whoami(opened, 'E2')
})

test('a token that Slack refuses is named as the reason, and not shown', async context => {
  const { socket, warnings } = await open(context, null, 'xapp-1-of-somebody-else')
  await eventually('the reason', () => socket.health().why === 'Slack refuses: invalid_auth')
  assert.doesNotMatch(warnings.join('\n'), /somebody-else/)
})

for (const [name, end] of [
  ['renews the connection', (standIn: SocketStandIn) => standIn.deliver({ type: 'disconnect', reason: 'warning' })],
  ['breaks it off', (standIn: SocketStandIn) => standIn.breakOff()],
] as const) {
  test(`when Slack ${name} it is opened again, also when Slack is away at that moment`, async context => {
    const opened = await open(context)
    const { standIn, socket } = opened
    await eventually('the connection', () => socket.health().connected)
    standIn.refuse('internal_error')
    const before = standIn.asked()
    end(standIn)
    await eventually('the tries', () => standIn.asked() >= before + 2)
    assert.equal(socket.health().connected, false)
    standIn.refuse(null)
    await eventually('the next connection', () => socket.health().connected)
    await whoami(opened, 'E3')
  })
}

test('an address at which nobody is', async context => {
  const { door, close, warnings } = await openDoor({ client, slack: paperSlack().slack })
  const socket = createSocketDoor(door, {
    appToken: TOKEN,
    apiUrl: 'http://127.0.0.1:9/api/',
    registry: new Registry(),
    firstPauseMs: 20,
  })
  context.after(close)
  await eventually('two tries', () => warnings.filter(line => line.includes('againInMs')).length >= 2)
  assert.equal(socket.health().connected, false)
  assert.notEqual(socket.health().why, null)
  await socket.close()
})
