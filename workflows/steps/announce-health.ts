/**
 * The morning check tells the channel what it saw, and opens or joins an incident for each cause that fails. Its lock is free
 * again soon: for a chat that is away, the summary is left to a run of its own.
 */
import { TemporalFailure } from '@temporalio/common'
import { isCancellation, log, ParentClosePolicy, patched, startChild } from '@temporalio/workflow'
import type { PostOrder } from '../../activities/incident-response.ts'
import { threadPost } from '../../domain/chat/posts.ts'
import type { Estate } from '../../domain/estate.ts'
import { incidentsOf, morningWords } from '../../domain/health/incidents.ts'
import type { RunRecord } from '../../domain/run-record.ts'
import { onChatBriefly, onControlPlane } from '../proxies.ts'
import { isAway } from './away.ts'

/** The check is done and written down: a chat or team that is missing does not make it fail. */
export async function announceHealth(record: RunRecord, estate: Estate, day: string): Promise<void> {
  for (const daily of incidentsOf(record, estate, day)) {
    await quietly(() => onControlPlane('idempotent', `Open or join ${daily.workflowId}`).openDailyIncident(daily))
  }
  await quietly(async () => {
    const team = await onControlPlane('briefly', 'Read the team').readTeam({ orLast: true })
    if (team.slack === null) return
    await postSoonOrLate({
      key: `${record.runId}/summary`,
      channel: team.slack.ops,
      thread: null,
      message: threadPost({ text: morningWords(record, day), mention: 'none' }, team),
    })
  })
}

async function postSoonOrLate(order: PostOrder): Promise<void> {
  try {
    await onChatBriefly('Post the summary of the morning').post(order)
  } catch (error) {
    if (!isAway(error) || !patched('the-summary-may-come-late')) throw error
    await startChild('latePost', {
      workflowId: `late-post:${order.key}`,
      args: [order],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: 'The summary of the morning, when the chat is back',
    })
  }
}

async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
    log.warn('the morning check could not be announced', { error })
  }
}
