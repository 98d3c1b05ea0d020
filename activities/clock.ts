/**
 * How far this host's clock is from the Temporal server's. The only time in a task is that of its scheduling, which lies
 * before its arrival by an unknown wait; so the server is asked when it handed the task out, which leaves only the way.
 */
import { getClient, type Info } from '@temporalio/activity'

export interface ClockReading {
  /** This host's clock minus the server's, milliseconds. */
  readonly offsetMs: number
  /** The true offset is at most this much away. */
  readonly uncertaintyMs: number
}

/** `arrivedAt` is this host's time at which the activity began. */
export type ServerClock = (info: Info, arrivedAt: number) => Promise<ClockReading>

/** When the server started this attempt, by its own clock, milliseconds; null when it does not say. */
export type StartedAt = (info: Info) => Promise<number | null>

export function createServerClock(startedAt: StartedAt = askServer): ServerClock {
  return async (info, arrivedAt) => {
    const start = performance.now()
    const handedOutAt = await startedAt(info).catch(() => null)
    const roundTripMs = performance.now() - start
    if (handedOutAt !== null) return { offsetMs: arrivedAt - handedOutAt, uncertaintyMs: roundTripMs }
    // The wait in the queue is part of this difference and cannot be told from a fast clock.
    const offsetMs = arrivedAt - info.currentAttemptScheduledTimestampMs
    return { offsetMs, uncertaintyMs: Math.max(0, offsetMs) }
  }
}

async function askServer(info: Info): Promise<number | null> {
  if (info.workflowExecution === undefined) return null
  const { workflowId, runId } = info.workflowExecution
  const { raw } = await getClient().workflow.getHandle(workflowId, runId).describe()
  const pending = raw.pendingActivities?.find(({ activityId }) => activityId === info.activityId)
  const started = pending?.lastStartedTime
  if (started === null || started === undefined) return null
  return Number(started.seconds ?? 0) * 1_000 + (started.nanos ?? 0) / 1e6
}
