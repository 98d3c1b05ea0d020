// The warm children. A cold start takes 2-7 s, more than the whole budget of a handshake, so a
// child that has already answered `initialize` waits for the next connection, and a child whose
// connection opened no session comes back: `initialize` may be asked again of the same process.
//
// The pool refills a second late on purpose: a handshake that is closed at once returns its
// child within that second, and a thousand health checks cost no start at all. For the same
// reason a returned child above the pool's size stays for a minute before it is let go.
import { type Child, startChild } from './child.ts'
import type { StopReason } from './child-exit.ts'

const REFILL_DELAY_MS = 1000
// A client that hangs up and connects again at once meets its own child on the way back.
const RETURN_GRACE_MS = 100
const SURPLUS_MS = 60_000
const SURPLUS_MAX = 2
const START_TIMEOUT_MS = 30_000
const BACKOFF_MAX_MS = 30_000

export type PoolOptions = Readonly<{
  bin: string
  cwd: string
  size: number
  onSpawn(child: Child): void
  onReady(child: Child, ms: number): void
  onExit(child: Child, exit: Awaited<Child['exited']>): void
}>
export type Pool = ReturnType<typeof createPool>

type Waiter = Readonly<{ resolve(child: Child): void; reject(error: Error): void }>

export function createPool(options: PoolOptions) {
  const running = new Set<Child>()
  const warm: { readonly child: Child; readonly since: number }[] = []
  const waiters: Waiter[] = []
  let starting = 0
  let failures = 0
  let isClosed = false
  let refillTimer: NodeJS.Timeout | undefined

  const offer = (child: Child) => {
    const waiter = waiters.shift()
    if (waiter) waiter.resolve(child)
    else warm.push({ child, since: Date.now() })
    // Only a pool that lacked a child for the whole second is short of one.
    if (warm.length >= options.size) cancelRefill()
  }

  const cancelRefill = () => {
    clearTimeout(refillTimer)
    refillTimer = undefined
  }

  const freeSlot = () => {
    const taken = new Set([...running].map(child => child.slot))
    let slot = 0
    while (taken.has(slot)) slot += 1
    return slot
  }

  const start = async () => {
    starting += 1
    const began = performance.now()
    const child = startChild({ bin: options.bin, cwd: options.cwd, slot: freeSlot() })
    running.add(child)
    options.onSpawn(child)
    void child.exited.then(exit => {
      running.delete(child)
      take(child)
      options.onExit(child, exit)
      refill(REFILL_DELAY_MS)
    })
    try {
      const answer = await child.request('initialize', { protocolVersion: 1 }, START_TIMEOUT_MS)
      if (!('result' in answer)) throw new Error('the agent answered initialize with an error')
      failures = 0
      options.onReady(child, performance.now() - began)
      if (isClosed) void child.stop('shutdown')
      else offer(child)
    } catch (error) {
      failures += 1
      void child.stop('unhealthy')
      waiters.shift()?.reject(error instanceof Error ? error : new Error(String(error)))
    } finally {
      starting -= 1
    }
    refill(REFILL_DELAY_MS)
  }

  // A child that cannot start (bad configuration, full disk) is tried ever more rarely.
  const refill = (delay: number) => {
    if (delay === 0) cancelRefill()
    if (isClosed || refillTimer) return
    const backoff = failures === 0 ? 0 : Math.min(BACKOFF_MAX_MS, 1000 * 2 ** failures)
    refillTimer = setTimeout(() => {
      refillTimer = undefined
      for (let lacking = options.size - warm.length - starting; lacking > 0; lacking -= 1) void start()
    }, delay + backoff)
  }

  const take = (child: Child) => {
    const index = warm.findIndex(entry => entry.child === child)
    if (index >= 0) warm.splice(index, 1)
  }

  const sweep = setInterval(() => {
    const oldest = warm[0]
    if (warm.length > options.size && oldest && Date.now() - oldest.since > SURPLUS_MS) discard(oldest.child, 'surplus')
  }, 5000)

  const discard = (child: Child, reason: StopReason) => {
    take(child)
    void child.stop(reason)
  }

  return {
    warm: (): readonly Child[] => warm.map(entry => entry.child),
    running: (): readonly Child[] => [...running],
    /** Whether an agent is on its way, or about to be, and nothing says yet that it will fail. */
    isStarting: () => failures === 0 && (starting > 0 || refillTimer !== undefined),
    fill: () => refill(0),
    discard,
    /** Gives a warm child at once, else the next one to be ready; throws when that one cannot start. */
    acquire(): Promise<Child> {
      refill(REFILL_DELAY_MS)
      // The child used last: the others may then grow old enough to be let go.
      const child = warm.pop()?.child
      if (child) return Promise.resolve(child)
      if (isClosed) return Promise.reject(new Error('the gateway is stopping'))
      const given = new Promise<Child>((resolve, reject) => waiters.push({ resolve, reject }))
      setTimeout(() => {
        if (!isClosed && starting < waiters.length) void start()
      }, RETURN_GRACE_MS)
      return given
    },
    /** Takes a child back. One that is not as it was when it was lent is ended. */
    release(child: Child, isClean: boolean): void {
      child.lend(undefined)
      if (child.hasExited()) return
      if (isClosed) discard(child, 'shutdown')
      else if (!isClean) {
        discard(child, 'used')
        refill(0)
      } else if (waiters.length === 0 && warm.length >= options.size + SURPLUS_MAX) discard(child, 'surplus')
      else offer(child)
      refill(REFILL_DELAY_MS)
    },
    async close(): Promise<void> {
      isClosed = true
      clearTimeout(refillTimer)
      clearInterval(sweep)
      for (const waiter of waiters.splice(0)) waiter.reject(new Error('the gateway is stopping'))
      await Promise.all([...running].map(child => child.stop('shutdown')))
    },
  }
}
