/** Waiting for something outside this process, with a deadline and a way out. */
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, Problem } from './problem.ts'

export interface WaitOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly everyMs?: number
  readonly hint?: string
}

/**
 * Asks until the answer is neither undefined nor false; a probe that throws has not answered yet.
 * @throws Problem after the deadline, naming what was awaited and the last reason.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs
  let reason = ''
  for (;;) {
    options.signal?.throwIfAborted()
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      if (error instanceof Problem) throw error
      reason = `: ${messageOf(error)}`
    }
    if (performance.now() > deadline) {
      const seconds = Math.round(options.timeoutMs / 1000)
      throw new Problem(`${what} did not happen within ${seconds} s${reason}`, options)
    }
    await delay(options.everyMs ?? 50, undefined, options.signal ? { signal: options.signal } : {})
  }
}
