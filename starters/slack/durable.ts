/** A write that is tried again, by the same id, until somebody has confirmed it or nobody will. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { isPassing } from '../client.ts'

const ONE_TRY_MS = 4_000
const PAUSE_MS = 300

/**
 * Throws what the last try threw: an answer that says no at once, silence after `giveUpMs`, and when the process is closing
 * as soon as the try that is under way has ended, so that there is time left to say so.
 *
 * @param mayPass whether another try may do what this one did not.
 */
export async function durably<T>(
  { client, giveUpMs, closing }: { readonly client: Client; readonly giveUpMs: number; readonly closing: AbortSignal },
  write: () => Promise<T>,
  mayPass: (error: unknown) => boolean = isPassing,
): Promise<T> {
  const deadline = performance.now() + giveUpMs
  for (;;) {
    try {
      return await client.withDeadline(Date.now() + Math.min(ONE_TRY_MS, giveUpMs), write)
    } catch (error) {
      if (!mayPass(error) || performance.now() + PAUSE_MS > deadline) throw error
      await sleep(PAUSE_MS, undefined, { signal: closing }).catch(() => undefined)
      if (closing.aborted) throw error
    }
  }
}
