import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { startRelay } from '../../../sandbox/temporal/relay.ts'

test('bytes pass both ways, and an end on one side reaches the other', async t => {
  const server = createServer({ allowHalfOpen: true }, socket => {
    void text(socket).then(said => socket.end(`${said} heard`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const relay = await startRelay('127.0.77.1', 7233, {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
  })
  t.after(async () => await relay.close())
  const socket = connect(7233, '127.0.77.1')
  socket.end('hello')
  assert.equal(await text(socket), 'hello heard')
})

test('with nobody behind it the connection ends instead of hanging', async t => {
  const relay = await startRelay('127.0.77.2', 7233, { host: '127.0.77.3', port: 9 })
  t.after(async () => await relay.close())
  const socket = connect(7233, '127.0.77.2')
  socket.on('error', () => {})
  await once(socket, 'close')
})
