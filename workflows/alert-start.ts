/** How a cause of alerts is started, and what one run of it hands to the next. Types only. */
import type { AlertBatch } from '../domain/alerts/alert.ts'
import type { BusinessDays } from '../domain/alerts/review-time.ts'
import type { SilenceOrder } from '../domain/alerts/silence.ts'
import type { AlertState } from '../domain/alerts/state.ts'
import type { WatchdogState } from '../domain/alerts/watchdog.ts'
import type { Errand } from './steps/alert-effects.ts'

export interface AlertStart {
  readonly cause: string
  /** Null at the beginning. */
  readonly carried: CarriedCause | WatchdogState | null
}

export interface CarriedCause {
  readonly state: AlertState
  readonly days: BusinessDays
  readonly inbox: readonly CauseMessage[]
  /** Asked for and not done. */
  readonly errands: readonly Errand[]
}

export type CauseMessage =
  | { readonly kind: 'batch'; readonly batch: AlertBatch }
  | { readonly kind: 'silence'; readonly order: SilenceOrder }

export type AlertWorkflow = (start: AlertStart) => Promise<void>
