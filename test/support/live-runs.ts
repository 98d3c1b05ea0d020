/** What a live test asks Temporal itself: how far a run is, and what its history proves about how it went. */
import assert from 'node:assert/strict'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { askAgain } from '../../activities/ask-again.ts'
import type { Progress, StepState } from '../../domain/progress.ts'
import { estateEnvironment, eventually } from './live.ts'

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>
export type HistoryEvent = NonNullable<History['events']>[number]

export interface RunHandle {
  readonly workflowId: string
  readonly runId: string
}

export async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const { TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = 'ops' } = estateEnvironment()
  const connection = await Connection.connect({ address })
  try {
    return await work(new Client({ connection, namespace, interceptors: { workflow: [askAgain] } }))
  } finally {
    await connection.close()
  }
}

/** Waits until a step of the open run is in this state, for example `alpha: performance`; answers with the run. */
export function untilStep(workflowId: string, title: string, state: StepState = 'running'): Promise<RunHandle> {
  return withTemporal(client =>
    eventually(`${title} ${state} in ${workflowId}`, async () => {
      // The run before has the same id and has ended: its checklist is not the one that is meant.
      const { runId, status } = await client.workflow.getHandle(workflowId).describe()
      if (status.name !== 'RUNNING') return undefined
      const { steps } = await client.workflow.getHandle(workflowId, runId).query<Progress>('progress')
      const isThere = steps.some(step => step.title.startsWith(title) && step.state === state)
      return isThere ? { workflowId, runId } : undefined
    }),
  )
}

export function historyOf({ workflowId, runId }: RunHandle): Promise<readonly HistoryEvent[]> {
  return withTemporal(async client => {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory()
    assert.ok(events !== undefined && events !== null && events.length > 0, 'the history is empty')
    return events
  })
}

/** Milliseconds since the epoch. */
export function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? Number.NaN) * 1_000 + (eventTime?.nanos ?? 0) / 1_000_000
}

export interface ScheduledActivity {
  readonly type: string
  readonly taskQueue: string
  readonly event: HistoryEvent
  /** Of the try that was the last one. */
  readonly attempt: number
  readonly timedOut: HistoryEvent | undefined
}

export function activitiesOf(events: readonly HistoryEvent[]): readonly ScheduledActivity[] {
  return events.flatMap(event => {
    const scheduled = event.activityTaskScheduledEventAttributes
    if (!scheduled) return []
    const isOfIt = (one: { readonly scheduledEventId?: unknown } | null | undefined): boolean =>
      one !== null && one !== undefined && String(one.scheduledEventId) === String(event.eventId)
    const started = events.find(one => isOfIt(one.activityTaskStartedEventAttributes))
    return [
      {
        type: scheduled.activityType?.name ?? '',
        taskQueue: scheduled.taskQueue?.name ?? '',
        event,
        attempt: started?.activityTaskStartedEventAttributes?.attempt ?? 0,
        timedOut: events.find(one => isOfIt(one.activityTaskTimedOutEventAttributes)),
      },
    ]
  })
}

/** The processes that carried the workflow's own code. */
export function deciders(events: readonly HistoryEvent[]): readonly string[] {
  const names = events.map(event => event.workflowTaskCompletedEventAttributes?.identity ?? '')
  return [...new Set(names.filter(name => name !== ''))]
}
