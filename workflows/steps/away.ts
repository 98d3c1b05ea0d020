/** What the failure of an activity says: why it failed, and whether it may still succeed. */
import { ActivityFailure, RetryState, TemporalFailure, TimeoutFailure } from '@temporalio/common'
import { isCancellation, rootCause } from '@temporalio/workflow'

/** Tried until its time was up: the other side is away. What it has refused it refuses again. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return false
  const { retryState, cause } = error
  if (retryState === RetryState.CANCEL_REQUESTED) return false
  return retryState === RetryState.TIMEOUT || cause instanceof TimeoutFailure
}

/** A cancellation and a mistake of ours are no failures of the outside world. */
export function whyFailed(error: unknown): string {
  if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
  return rootCause(error) ?? error.message
}
