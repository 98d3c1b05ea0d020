/**
 * A lock that only one process can hold, and that is free the moment that process has ended, however it ended: a name in the kernel's
 * table of abstract sockets. It reaches as far as the network namespace.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'

/** What the lock is about may be long; a socket's name is not. Answers how to give it back; undefined while somebody else holds it. */
export async function takeKernelLock(about: string): Promise<(() => void) | undefined> {
  const name = createHash('sha256').update(about).digest('hex')
  const lock = createServer(socket => socket.destroy()).unref()
  return await new Promise((resolve, reject) => {
    lock.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    lock.listen(`\0opencode-acp-ops/${name}`, () => resolve(() => void lock.close()))
  })
}
