/** The same question to several runs: one that does not answer takes nothing away from what the others say. */
import type { Client } from '@temporalio/client'

/** A run whose code is stuck would be waited for until the caller gives up. */
const ONE_ANSWER_MS = 5_000
/** So that the last one asked is not late because of the others. */
const AT_ONCE = 25

export interface Read<T> {
  readonly answers: readonly T[]
  /** Workflow ids of those that did not answer. */
  readonly unread: readonly string[]
}

/** Throws what the first one threw when none of them answers: then it is no single run that is stuck. */
export async function readEach<T>(
  client: Client,
  workflowIds: readonly string[],
  ask: (workflowId: string) => Promise<T>,
): Promise<Read<T>> {
  const settled: PromiseSettledResult<T>[] = []
  while (settled.length < workflowIds.length) {
    const some = workflowIds.slice(settled.length, settled.length + AT_ONCE)
    const asked = client.withDeadline(Date.now() + ONE_ANSWER_MS, () => Promise.allSettled(some.map(ask)))
    settled.push(...(await asked))
  }
  const answers = settled.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = settled.find(one => one.status === 'rejected')
  if (answers.length === 0 && failed !== undefined) throw failed.reason
  return { answers, unread: workflowIds.filter((_id, index) => settled[index]?.status === 'rejected') }
}

/** A line for each run that did not answer, and what to do. */
export function unreadLines(unread: readonly string[]): readonly string[] {
  return unread.map(id => `⚠ ${id} did not answer: see what it waits for with ops show ${id}`)
}
