/** A relay in front of a server that can be told to keep everything back, as a network does that swallows packets. */

import type { AddressInfo } from 'node:net'
import { createConnection, createServer, type Socket } from 'node:net'

export interface StallingRelay {
  readonly address: string
  /** Nothing passes any more, in either direction, until it is let through. */
  hold(): void
  /** The answers are lost; what is asked arrives. */
  holdAnswers(): void
  letThrough(): void
  close(): Promise<void>
}

export async function openRelay(target: string): Promise<StallingRelay> {
  const [host = '', port = ''] = target.split(':')
  const pairs = new Set<readonly [Socket, Socket]>()
  let mode: 'open' | 'held' | 'answers-held' = 'open'
  const apply = ([client, server]: readonly [Socket, Socket]) => {
    if (mode === 'held') client.pause()
    else client.resume()
    if (mode === 'open') server.resume()
    else server.pause()
  }
  const relay = createServer(client => {
    const server = createConnection({ host, port: Number(port) })
    const pair = [client, server] as const
    pairs.add(pair)
    client.on('data', chunk => server.write(chunk))
    server.on('data', chunk => client.write(chunk))
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => {
        pairs.delete(pair)
        other.destroy()
      })
    }
    apply(pair)
  })
  await new Promise<void>(resolve => void relay.listen(0, '127.0.0.1', resolve))
  const change = (next: typeof mode) => {
    mode = next
    for (const pair of pairs) apply(pair)
  }
  return {
    address: `127.0.0.1:${(relay.address() as AddressInfo).port}`,
    hold: () => change('held'),
    holdAnswers: () => change('answers-held'),
    letThrough: () => change('open'),
    close: async () => {
      for (const [client, server] of pairs) {
        client.destroy()
        server.destroy()
      }
      await new Promise<void>(resolve => void relay.close(() => resolve()))
    },
  }
}
