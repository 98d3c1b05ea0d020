/**
 * Keeps a run from acting at a time that is not in its history.
 *
 * A question may reach a worker that does not know the run before the workflow task for the newest events does. The SDK
 * (1.24) then applies these events with the clock of the task before; at the next replay they have the right time, and a
 * run that looked at its clock cannot be replayed any more. Such a step is refused: the question fails, the run leaves the
 * cache, and its task begins anew (docs/decisions/0010).
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow'
import { ASKED_EARLY } from '../domain/asked-early.ts'

/** One for each run. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let known = { events: 0, time: '' }
  return {
    internals: [
      {
        activate(input, next) {
          const { historyLength, timestamp, isReplaying } = input.activation
          const step = { events: historyLength ?? 0, time: `${timestamp?.seconds}.${timestamp?.nanos}` }
          // Each workflow task has a time of its own, so more events at the same time are events without a task.
          if (!isReplaying && step.events > known.events && step.time === known.time) throw new Error(ASKED_EARLY)
          known = step
          next(input)
        },
      },
    ],
  }
}
