/** A fact is observed, or it says why it is not. Nobody turns a missing observation into a good one. */

export type Observed<T> =
  | { readonly kind: 'observed'; readonly value: T }
  /** Tool missing, no data, output not understood: with the remedy. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly hint: string }
  /** Deliberately not looked at, for example "not configured". */
  | { readonly kind: 'skipped'; readonly reason: string }

export function observed<T>(value: T): Observed<T> {
  return { kind: 'observed', value }
}

export function unknown(reason: string, hint: string): Observed<never> {
  return { kind: 'unknown', reason, hint }
}

export function skipped(reason: string): Observed<never> {
  return { kind: 'skipped', reason }
}
