/**
 * Keeps a run from acting at a time that is not in its history.
 *
 * A question may reach a worker that does not know the run before the workflow task for the newest events does. The SDK
 * (1.24) then applies these events with the clock of the task before; at the next replay they have the right time, and a
 * run that looked at its clock cannot be replayed any more. Such a step is refused: the question fails, the run leaves the
 * cache, and its task begins anew. docs/decisions/0010 says what this does not see.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow'
import { ASKED_EARLY } from '../domain/asked-early.ts'

/** One for each run. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let known = { events: 0, task: '' }
  return {
    internals: [
      {
        activate(input, next) {
          const { historyLength, timestamp, historySizeBytes, isReplaying } = input.activation
          // The start of a task brings a time and a size. The time alone stands still when the server's clock was set back.
          const task = `${timestamp?.seconds}.${timestamp?.nanos} ${historySizeBytes}`
          const step = { events: historyLength ?? 0, task }
          if (!isReplaying && step.events > known.events && step.task === known.task) throw new Error(ASKED_EARLY)
          known = step
          next(input)
        },
      },
    ],
  }
}
