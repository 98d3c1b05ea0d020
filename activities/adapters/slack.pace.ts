/** Waiting for one's turn with Slack. One for the whole process: Slack counts all of it together. */
import { type Call, createPace } from '../../domain/chat/pace.ts'
import { limited } from './slack.errors.ts'

export interface Patience {
  /** On the clock of `performance.now()`: nobody is interested in a turn that comes later. */
  readonly until: number
  /** Aborted when the caller is cancelled. */
  readonly signal?: AbortSignal
}

export interface SlackPace {
  /**
   * Settles when it is this call's turn. Throws SlackTrouble `limited` when patience ends before; whoever comes back with
   * the same `name` has its old place in the queue, so that long queues are fair to short patience.
   */
  turn(call: Call, name: string, patience: Patience): Promise<void>
  /** Slack asks for a pause of this method. */
  limited(method: string, forMs: number): void
}

/** A place is kept this long for whoever comes back. */
const PLACE_KEPT_MS = 120_000
const COME_BACK_MS = 1_000

export function createSlackPace(): SlackPace {
  const pace = createPace()
  const waiting = new Map<number, () => void>()
  const places = new Map<string, { readonly since: number; readonly leftAt: number }>()
  let tickets = 0
  let timer: NodeJS.Timeout | undefined

  function serve(): void {
    clearTimeout(timer)
    const { tickets: turns, nextAt } = pace.grant(performance.now())
    for (const ticket of turns) waiting.get(ticket)?.()
    if (nextAt !== null) timer = setTimeout(serve, Math.max(1, Math.ceil(nextAt - performance.now())))
  }

  function placeOf(name: string, now: number): number {
    for (const [other, { leftAt }] of places) if (now - leftAt > PLACE_KEPT_MS) places.delete(other)
    const since = places.get(name)?.since ?? now
    places.delete(name)
    return since
  }

  return {
    async turn(call, name, { until, signal }) {
      signal?.throwIfAborted()
      const now = performance.now()
      const id = `${call.method} ${name}`
      const since = placeOf(id, now)
      tickets += 1
      const ticket = tickets
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const giveUp = (): void => {
        places.set(id, { since, leftAt: performance.now() })
        reject(limited(call.method, COME_BACK_MS))
      }
      const stop = (): void => reject(signal?.reason)
      const ended = setTimeout(giveUp, Math.max(0, until - now))
      signal?.addEventListener('abort', stop, { once: true })
      waiting.set(ticket, resolve)
      try {
        pace.ask(ticket, call, since)
        serve()
        await promise
      } finally {
        clearTimeout(ended)
        signal?.removeEventListener('abort', stop)
        waiting.delete(ticket)
        pace.leave(ticket)
        // A process that has nothing to wait for may end.
        if (waiting.size === 0) clearTimeout(timer)
      }
    },

    limited(method, forMs) {
      pace.limited(method, forMs, performance.now())
    },
  }
}
