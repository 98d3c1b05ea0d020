/** An adapter that cannot tell throws; at the seam that becomes `unknown` with the remedy, so that the other facts still count. */
import { activityInfo } from '@temporalio/activity'
import { OpsError } from '../domain/failures.ts'
import { type Observed, observed, unknown } from '../domain/observed.ts'

/** What takes longer than this to fail, such as a tool that hangs, is no hiccup: another try would only hang again. */
const HICCUP_MS = 5_000

/**
 * Errors of our own turn into `unknown`; mistakes of this programme and a cancelled activity stay exceptions.
 *
 * What may pass by itself within seconds is thrown as long as the activity has another try. The owner decides: only a
 * `host` recovers so soon. A tool that is missing or answers in an unknown form says the same a second later, and
 * configuration, permission and operator wait for a person.
 */
export async function observe<T>(look: () => Promise<T>): Promise<Observed<T>> {
  const start = performance.now()
  return await observeOnce(look, ({ owner }) => {
    return owner === 'host' && performance.now() - start < HICCUP_MS && hasAnotherTry()
  })
}

/** The same for what is a steady fact whoever its owner is: nothing is tried again. */
export async function observeOnce<T>(
  look: () => Promise<T>,
  isWorthAnotherTry: (error: OpsError) => boolean = () => false,
): Promise<Observed<T>> {
  try {
    return observed(await look())
  } catch (error) {
    if (error instanceof OpsError && !isWorthAnotherTry(error)) return unknown(error.message, error.hint)
    throw error
  }
}

/** Without a known end of the tries this one counts as the last: a fact must not wait for ever. */
function hasAnotherTry(): boolean {
  const { attempt, retryPolicy } = activityInfo()
  return attempt < (retryPolicy?.maximumAttempts ?? 1)
}
