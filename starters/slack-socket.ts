/**
 * The connection of Socket Mode, kept open: a Slack that cannot be reached is asked again and again, at longer and longer
 * intervals, and what is wrong is on record. Slack renews the connection itself every few hours.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SocketModeReceiver } from '@slack/bolt'
import { redact } from '../domain/redact.ts'
import type { DoorLog } from './slack/door.ts'

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** From the address that Slack gives to its first word. */
const GREETING_MS = 15_000
/** What ends sooner was no connection. */
const STEADY_MS = 10_000
/** For the word of parting. */
const FAREWELL_MS = 2_000

export interface SocketHealth {
  readonly socket: true
  readonly connected: boolean
  /** Why it is not connected; null while it is, and before the first try has ended. */
  readonly why: string | null
}

export interface KeptSocket {
  health(): SocketHealth
  /** Settles when nothing comes in any more. */
  close(): Promise<void>
}

type Receiver = Pick<SocketModeReceiver, 'start'> & {
  readonly client: Pick<SocketModeReceiver['client'], 'once' | 'off' | 'disconnect'>
}

/**
 * Begins at once and returns before anything is connected.
 * @param receiver one that does not reconnect by itself: its own way ends the process when Slack is away at a renewal.
 */
export function keepConnected(receiver: Receiver, log: DoorLog, firstPauseMs = FIRST_PAUSE_MS): KeptSocket {
  const ending = new AbortController()
  let hangUp: () => void = () => undefined
  let connected = false
  let why: string | null = null

  /** Settles when a connection has ended that stood; throws when there was none. */
  async function connectOnce(): Promise<void> {
    const over = Promise.withResolvers<void>()
    const greeted = new AbortController()
    hangUp = over.resolve
    receiver.client.once('disconnected', hangUp)
    try {
      const late = sleep(GREETING_MS, undefined, { signal: greeted.signal }).then(() => 'late' as const)
      const first = await Promise.race([receiver.start(), late, over.promise.then(() => 'over' as const)])
      if (first === 'late') throw new Error(`Slack did not greet within ${GREETING_MS / 1_000} s`)
      if (first === 'over') throw new Error('the connection was closed before Slack greeted')
      ;[connected, why] = [true, null]
      log.info({}, 'connected to Slack by a socket')
      await over.promise
    } finally {
      connected = false
      greeted.abort()
      receiver.client.off('disconnected', hangUp)
      // What is left of this connection must not be taken for the end of the next one.
      await Promise.race([receiver.client.disconnect(), sleep(FAREWELL_MS, undefined, { ref: false })])
    }
  }

  async function keep(): Promise<void> {
    for (let failures = 0; ; ) {
      const begun = performance.now()
      const problem = await connectOnce().then(() => null, reasonOf)
      if (ending.signal.aborted) return
      const isSteady = problem === null && performance.now() - begun >= STEADY_MS
      failures = isSteady ? 0 : failures + 1
      why = problem ?? 'the connection has ended and is being renewed'
      const pauseMs = isSteady ? 0 : Math.min(firstPauseMs * 2 ** (failures - 1), LONGEST_PAUSE_MS)
      log.warn({ why, againInMs: pauseMs }, 'not connected to Slack: buttons and commands do nothing now')
      await sleep(pauseMs, undefined, { signal: ending.signal }).catch(() => undefined)
      if (ending.signal.aborted) return
    }
  }

  const kept = keep()
  return {
    health: () => ({ socket: true, connected, why }),
    close: async () => {
      ending.abort()
      hangUp()
      await kept
    },
  }
}

/** Slack's own word where it has one. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection was closed before Slack greeted'
  const data: unknown = Reflect.get(error, 'data')
  const word: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'error') : null
  return redact(typeof word === 'string' ? `Slack refuses: ${word}` : error.message).slice(0, 200)
}
