/** A cause of alerts as its workflow answers when it is asked. */
import type { LinkedAlert } from '../incident/incident.ts'
import { type AlertPhase, type AlertState, phaseOf, type Silence, type Ticket } from './state.ts'
import { linked } from './words.ts'

export interface AlertView {
  readonly cause: string
  readonly phase: AlertPhase
  readonly alerts: readonly LinkedAlert[]
  /** Alerts told of since the workflow knows the cause. */
  readonly count: number
  /** Of these, how many nobody has named: cut off by Alertmanager or the door. */
  readonly truncated: number
  readonly ticket: Ticket | null
  readonly silence: Silence | null
  readonly heardAt: string
}

export function viewOf(state: AlertState): AlertView {
  const { cause, count, truncated, ticket, silence, heardAt } = state
  return { cause, phase: phaseOf(state), alerts: state.alerts.map(linked), count, truncated, ticket, silence, heardAt }
}
