/**
 * Carries connections from the bridge to a Temporal server that the hosts cannot reach themselves (one on loopback, one
 * in the cloud). Bytes only: TLS stays between the worker and the server.
 */
import { connect, createServer, type Socket } from 'node:net'
import { Problem } from '../estate/problem.ts'

export interface Relay {
  close(): Promise<void>
}

export async function startRelay(listen: string, port: number, target: { host: string; port: number }): Promise<Relay> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, inside => {
    const outside = connect({ ...target, allowHalfOpen: true })
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.setNoDelay(true)
      // A side that breaks takes the other with it, so that the worker sees it and connects again.
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(new Problem(`cannot relay Temporal on ${listen}:${port}: ${error.message}`)))
    server.listen(port, listen, resolve)
  })
  return {
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
