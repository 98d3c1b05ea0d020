/** Asks Temporal the same question until it is answered, or for as long as somebody waits. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { isPassing } from './client.ts'

/** What a query answers when it is not null any more; null when nobody answers within the time, which without a worker is nobody. */
export async function askUntil<T>(client: Client, withinMs: number, ask: () => Promise<T | null>): Promise<T | null> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await client.withDeadline(deadline, ask).catch(notYet)
    if (answer !== null || Date.now() > deadline) return answer
    await sleep(50)
  }
}

/** A run that is just being started is not known yet. */
function notYet(error: unknown): null {
  if (isPassing(error) || error instanceof WorkflowNotFoundError) return null
  throw error
}
