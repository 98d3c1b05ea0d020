/**
 * Run in a network of its own (`unshare --net`): blocks one of two clients on loopback, connects as both, and prints what
 * came of it as JSON.
 */
import { execFileSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { blockClient, isBlocked, unblockClient } from '../../activities/adapters/nft.ts'

execFileSync('ip', ['link', 'set', 'lo', 'up'])
const server = createServer(socket => socket.end()).listen(3_000, '127.0.0.1')
await new Promise(resolve => server.once('listening', resolve))

/** A dropped packet is answered by nobody. */
function reaches(localAddress: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port: 3_000, localAddress, timeout: 500 })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

const client = { address: '127.0.0.2', port: 3_000 }
const v6 = { address: '2001:db8::7', port: 3_000 }
const options = { env: JSON.parse(process.env.TOOL_ENV ?? '{}') as Record<string, string> }
const look = async () => [await isBlocked(client, options), await reaches('127.0.0.2'), await reaches('127.0.0.3')]

const before = await look()
await unblockClient(client, options)
await blockClient(client, options)
await blockClient(client, options)
await blockClient(v6, options)
const blocked = await look()
const both = [await isBlocked(v6, options), await isBlocked({ ...v6, port: 3_001 }, options)]
await unblockClient(client, options)
await unblockClient(client, options)
const after = await look()
console.log(JSON.stringify({ before, blocked, both, after }))
server.close()
