/** The seam between our errors and Temporal's: who owns the problem decides whether it is tried again. Nothing secret passes. */

import type { Context } from '@temporalio/activity'
import { ApplicationFailure, TemporalFailure } from '@temporalio/common'
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker'
import { failureType, isRetryable, OpsError } from '../domain/failures.ts'
import { redact } from '../domain/redact.ts'

/** How often every activity says that its worker is alive; a third of the heartbeat timeout of workflows/proxies.ts. */
const HEARTBEAT_MS = 3_000

/** Beats while an activity runs, and turns what it throws into a failure with an owner and a hint. */
export function guardActivity(context: Context): ActivityInboundCallsInterceptor {
  return {
    async execute(
      input: ActivityExecuteInput,
      next: Next<ActivityInboundCallsInterceptor, 'execute'>,
    ): Promise<unknown> {
      const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS)
      try {
        return await next(input)
      } catch (error) {
        throw toFailure(error, context.info.attempt)
      } finally {
        clearInterval(beat)
      }
    },
  }
}

/** A mistake of ours may still be the echo of a passing trouble; after so many tries it is not. */
const TRIES_FOR_THE_UNEXPECTED = 5

export function toFailure(error: unknown, attempt = 1): Error {
  if (error instanceof TemporalFailure) return error
  if (error instanceof OpsError) {
    return ApplicationFailure.create({
      type: failureType(error.owner),
      message: redact(error.message),
      nonRetryable: !isRetryable(error.owner),
      details: [redact(error.hint)],
      // In place of the policy's own interval, which would come too early or needlessly late.
      ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
    })
  }
  const message = error instanceof Error ? error.message : String(error)
  return ApplicationFailure.create({
    type: 'UnexpectedProblem',
    nonRetryable: attempt >= TRIES_FOR_THE_UNEXPECTED,
    message: redact(message),
    details: ['This is a mistake in opencode-acp-ops: keep the log of the worker and report it.'],
  })
}
