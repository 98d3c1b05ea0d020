/** Something that has to be done once, as soon as it can be. */
import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

export interface Trying {
  readonly signal: AbortSignal
  /** Told of each try that failed. */
  readonly report: (error: unknown, againInMs: number) => void
  /** Another pause after the first try, for tests. */
  readonly firstPauseMs?: number
}

/** Tries at longer and longer intervals, a minute at most. True when it is done, false when it was given up by the signal. */
export async function keepTrying(work: () => Promise<void>, trying: Trying): Promise<boolean> {
  const { signal, report, firstPauseMs = FIRST_PAUSE_MS } = trying
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await work()
      return true
    } catch (error) {
      if (signal.aborted) break
      report(error, pauseMs)
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
  return false
}
