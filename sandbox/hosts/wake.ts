/**
 * The wake hook of the sandbox: switches staging hosts on and off for those who have its token. It answers as soon as it has
 * taken a wish on; whoever asked sees by the host itself when it is fulfilled.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { z } from 'zod'
import { stagingHosts } from '../estate/name.ts'
import { messageOf } from '../estate/problem.ts'
import type { Fleet } from './fleet.ts'

const MAX_BYTES = 4096

const Wish = z.object({ host: z.enum(stagingHosts), power: z.enum(['on', 'off']) })

export interface WakeOptions {
  readonly address: string
  readonly port: number
  readonly token: string
  readonly fleet: () => Pick<Fleet, 'switchOn' | 'switchOff'>
  readonly tell: (line: string) => void
}

/** Answers how to close it, which waits for what is under way. */
export async function serveWake({ address, port, token, fleet, tell }: WakeOptions): Promise<() => Promise<void>> {
  /** One wish after the other: a host that is half on can be neither booted nor shut down. */
  let last: Promise<void> = Promise.resolve()
  const fulfil = ({ host, power }: z.infer<typeof Wish>): void => {
    last = last
      .then(async () => void (power === 'on' ? await fleet().switchOn(host) : await fleet().switchOff(host)))
      .catch(error => tell(`host ${host} could not be switched ${power}: ${messageOf(error)}`))
  }
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/power') return void response.writeHead(404).end()
    if (!isKnown(request.headers.authorization, token)) return void response.writeHead(401).end()
    const wish = Wish.safeParse(await bodyOf(request))
    if (wish.data === undefined) return void response.writeHead(400).end('expected {"host": "gamma", "power": "on"}\n')
    fulfil(wish.data)
    response.writeHead(202).end()
  })
  await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(port, address, resolve))
  return async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    await last
  }
}

function isKnown(header: string | undefined, token: string): boolean {
  const [given, wanted] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${token}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > MAX_BYTES) return null
  }
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
