/** Visits hosts in parallel. A silent host is a fact about that host; the others still report. */
import { TimeoutType } from '@temporalio/common'
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'
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
  try {
    return { kind: 'answered', host, value: await visit(host) }
  } catch (error) {
    const reason = silenceOf(error) ?? failureOf(error)?.reason
    if (reason === undefined) throw error
    return { kind: 'silent', host, reason }
  }
}

/** The steps of one visit, of which each may fail for itself. */
export interface HostWatch {
  /**
   * A step that could not be carried out is `unknown` with its remedy. Once the host is silent, no further step is asked for: it
   * would only wait for the same silence. A cancellation is thrown.
   */
  observe<T>(step: () => Promise<Observed<T>>): Promise<Observed<T>>
  /** Why the host stopped answering in the middle; null when it did not. */
  silence(): string | null
}

export function watchHost(): HostWatch {
  let silence: string | null = null
  const unanswered = (reason: string): Observed<never> =>
    unknown(`the host stopped answering: ${reason}`, 'See what became of the host, then run the check again.')
  return {
    async observe(step) {
      if (silence !== null) return unanswered(silence)
      try {
        return await step()
      } catch (error) {
        const reason = silenceOf(error)
        if (reason !== null) {
          silence = reason
          return unanswered(reason)
        }
        const failure = failureOf(error)
        if (failure === null) throw error
        return unknown(failure.reason, failure.hint)
      }
    },
    silence: () => silence,
  }
}

function silenceOf(error: unknown): string | null {
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

/** How an activity failed after all its tries; null for what is no failure of an activity, a cancellation for example. */
function failureOf(error: unknown): { readonly reason: string; readonly hint: string } | null {
  if (!(error instanceof ActivityFailure)) return null
  const { cause } = error
  if (cause instanceof TimeoutFailure) {
    const reason = `the step did not end in time (${error.activityType})`
    return { reason, hint: 'Look at the load of the host, then run the check again.' }
  }
  if (cause instanceof ApplicationFailure) {
    const [hint] = cause.details ?? []
    return {
      reason: cause.message,
      hint: typeof hint === 'string' ? hint : 'See the failed activity in the Temporal UI.',
    }
  }
  return null
}
