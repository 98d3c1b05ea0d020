/** Visits hosts in parallel. A silent host is a fact about that host; the others still report. */
import { TimeoutType } from '@temporalio/common'
import { ActivityFailure, ApplicationFailure, CancellationScope, TimeoutFailure } from '@temporalio/workflow'
import type { Host } from '../../domain/estate.ts'
import { type Observed, unknown } from '../../domain/observed.ts'

export type Visit<T> =
  | { readonly kind: 'answered'; readonly host: Host; readonly value: T }
  | { readonly kind: 'silent'; readonly host: Host; readonly reason: string }

/** Runs `visit` on all hosts at once. One that cannot even be greeted is as silent as one that is off; a cancellation is thrown. */
export function eachHost<T>(hosts: readonly Host[], visit: (host: Host) => Promise<T>): Promise<readonly Visit<T>[]> {
  return Promise.all(hosts.map(host => visitOne(host, visit)))
}

async function visitOne<T>(host: Host, visit: (host: Host) => Promise<T>): Promise<Visit<T>> {
  const scope = new CancellationScope()
  try {
    return { kind: 'answered', host, value: await scope.run(() => visit(host)) }
  } catch (error) {
    const reason = silence(error) ?? refusal(error)
    if (reason === null) throw error
    // What was asked of this host besides would only wait for the same silence.
    scope.cancel()
    return { kind: 'silent', host, reason }
  }
}

/** A step that could not be carried out is `unknown` with its remedy, unless the host itself is gone. */
export async function observing<T>(step: Promise<Observed<T>>): Promise<Observed<T>> {
  try {
    return await step
  } catch (error) {
    const failure = stepFailure(error)
    if (failure === null) throw error
    return failure
  }
}

function silence(error: unknown): string | null {
  if (!(error instanceof ActivityFailure && error.cause instanceof TimeoutFailure)) return null
  switch (error.cause.timeoutType) {
    case TimeoutType.SCHEDULE_TO_START:
      return 'its worker took no task within 10 s'
    case TimeoutType.HEARTBEAT:
      return 'its worker stopped in the middle of a step'
    default:
      return null
  }
}

/** Steps observe their own failures; what is left is a host whose worker answers, but not as it should. */
function refusal(error: unknown): string | null {
  if (!(error instanceof ActivityFailure)) return null
  const failure = stepFailure(error)
  return failure?.kind === 'unknown' ? failure.reason : null
}

function stepFailure(error: unknown): Observed<never> | null {
  if (!(error instanceof ActivityFailure)) return null
  const { cause } = error
  if (cause instanceof TimeoutFailure && silence(error) === null) {
    return unknown(
      `the step did not end in time (${error.activityType})`,
      'Look at the load of the host, then run the check again.',
    )
  }
  if (cause instanceof ApplicationFailure) {
    const [hint] = cause.details ?? []
    return unknown(cause.message, typeof hint === 'string' ? hint : 'See the failed activity in the Temporal UI.')
  }
  return null
}
