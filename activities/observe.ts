/** An adapter that cannot tell throws; at the seam that becomes `unknown` with the remedy, so that the other facts still count. */
import { OpsError } from '../domain/failures.ts'
import { type Observed, observed, unknown } from '../domain/observed.ts'

/** Errors of our own turn into `unknown`; mistakes of this programme and a cancelled activity stay exceptions. */
export async function observe<T>(look: () => Promise<T>): Promise<Observed<T>> {
  try {
    return observed(await look())
  } catch (error) {
    if (error instanceof OpsError) return unknown(error.message, error.hint)
    throw error
  }
}
