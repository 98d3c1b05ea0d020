/** The other end of Socket Mode: gives out addresses as apps.connections.open does, and speaks WebSocket (RFC 6455) there. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10]

export interface SocketStandIn {
  /** Base address of the methods. */
  readonly apiUrl: string
  /** How often an address was asked for. */
  asked(): number
  /** What is answered instead of an address; null for an address. */
  refuse(error: string | null): void
  /** Sends an envelope through the newest connection. */
  deliver(envelope: object): void
  /** What the other side said, oldest first, without pings. */
  readonly heard: { readonly envelope_id?: string; readonly payload?: Readonly<Record<string, unknown>> }[]
  /** Breaks all connections without a word. */
  breakOff(): void
  close(): Promise<void>
}

/** @param appToken the only one that is let in. */
export async function startSocketStandIn(appToken: string): Promise<SocketStandIn> {
  const connections: Socket[] = []
  const heard: SocketStandIn['heard'] = []
  let asked = 0
  let error: string | null = null

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume()
    asked += 1
    const wrong = request.headers.authorization === `Bearer ${appToken}` ? error : 'invalid_auth'
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/link`
    const answer = wrong === null ? { ok: true, url } : { ok: false, error: wrong }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    )
    socket.on('error', () => undefined)
    socket.on(
      'data',
      createReader((opcode, payload) => answerTo(socket, opcode, payload, heard)),
    )
    connections.push(socket)
    socket.write(frame(TEXT, JSON.stringify({ type: 'hello', num_connections: 1 })))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const breakOff = () => {
    for (const socket of connections.splice(0)) socket.destroy()
  }
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    asked: () => asked,
    refuse: word => {
      error = word
    },
    deliver: envelope => void connections.at(-1)?.write(frame(TEXT, JSON.stringify(envelope))),
    heard,
    breakOff,
    close: async () => {
      breakOff()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function answerTo(socket: Socket, opcode: number, payload: Buffer, heard: SocketStandIn['heard']): void {
  if (opcode === TEXT) heard.push(JSON.parse(payload.toString()))
  if (opcode === PING) socket.write(frame(PONG, payload))
  if (opcode === CLOSE) socket.end(frame(CLOSE, payload))
}

function frame(opcode: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload)
  if (body.length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, body.length]), body])
  return Buffer.concat([Buffer.from([0x80 | opcode, 126, body.length >> 8, body.length & 0xff]), body])
}

/** Whole frames out of a stream; what a client sends is masked, and nothing here is longer than 64 KiB. */
function createReader(take: (opcode: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const short = (rest[1] ?? 0) & 0x7f
      const header = short === 126 ? 8 : 6
      if (rest.length < header) return
      const length = short === 126 ? rest.readUInt16BE(2) : short
      if (rest.length < header + length) return
      const mask = rest.subarray(header - 4, header)
      const payload = rest.subarray(header, header + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
      const opcode = (rest[0] ?? 0) & 0x0f
      rest = rest.subarray(header + length)
      take(opcode, Buffer.from(payload))
    }
  }
}
