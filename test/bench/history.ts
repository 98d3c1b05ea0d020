/** What the history of a run tells about its activities: how long each took, and with which options it was asked for. */
import type { WorkflowHandle } from '@temporalio/client'

export interface Step {
  readonly activity: string
  readonly queue: string
  /** From the worker's taking it to its end; the wait for the worker is not the activity's. */
  readonly ms: number
  /** Timeouts and retry policy as the server got them. */
  readonly options: string
  readonly inputBytes: number
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>
type Event = NonNullable<History['events']>[number]
type Payloads = NonNullable<Event['activityTaskScheduledEventAttributes']>['input']

/** Completed activities, in the order in which they were asked for. */
export function stepsOf(history: History): readonly Step[] {
  const events = history.events ?? []
  const find = (id: unknown): Event | undefined => events.find(event => String(event.eventId) === String(id))
  return events.flatMap(event => {
    const done = event.activityTaskCompletedEventAttributes
    const asked = find(done?.scheduledEventId)
    const scheduled = asked?.activityTaskScheduledEventAttributes
    const taken = find(done?.startedEventId)
    if (!done || !scheduled || !taken) return []
    const { scheduleToStartTimeout, scheduleToCloseTimeout, startToCloseTimeout, heartbeatTimeout, retryPolicy } =
      scheduled
    return {
      activity: scheduled.activityType?.name ?? '',
      queue: scheduled.taskQueue?.name ?? '',
      ms: timeOf(event) - timeOf(taken),
      options: JSON.stringify({
        scheduleToStartTimeout,
        scheduleToCloseTimeout,
        startToCloseTimeout,
        heartbeatTimeout,
        retryPolicy,
      }),
      inputBytes: bytesOf(scheduled.input),
    }
  })
}

/** Bytes of what the run returned. */
export function resultBytes(history: History): number {
  const end = history.events?.at(-1)?.workflowExecutionCompletedEventAttributes
  return bytesOf(end?.result)
}

function bytesOf(payloads: Payloads): number {
  return (payloads?.payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0)
}

function timeOf({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6
}
