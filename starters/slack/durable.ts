/** A write that is tried again, by the same id, until somebody has confirmed it or nobody will. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { grpcCode, isUnanswered } from '../client.ts'

const ONE_TRY_MS = 4_000
const PAUSE_MS = 300

/** Temporal says so when a question needs a worker and none polls; and when it has too much to do. */
const NOT_NOW: readonly number[] = [8, 9]

/** Throws what the last try threw: an answer that says no at once, silence after `giveUpMs`. */
export async function durably<T>(
  { client, giveUpMs }: { readonly client: Client; readonly giveUpMs: number },
  write: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + giveUpMs
  for (;;) {
    try {
      return await client.withDeadline(Date.now() + Math.min(ONE_TRY_MS, giveUpMs), write)
    } catch (error) {
      if (!isPassing(error) || performance.now() + PAUSE_MS > deadline) throw error
      await sleep(PAUSE_MS)
    }
  }
}

/** Whether the same write may succeed in a moment. */
export function isPassing(error: unknown): boolean {
  return isUnanswered(error) || NOT_NOW.includes(grpcCode(error) ?? -1)
}
