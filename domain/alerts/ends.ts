/** Ends that an incident is told whatever keeps back what fires: who does not hear of an end waits for it for good. */
import type { Alert } from './alert.ts'
import type { AlertStep } from './effects.ts'
import { goesBy, type KnownAlertRules, type LaterAlertRule } from './later-rules.ts'
import { type AlertState, type KnownAlert, stoppedAt } from './state.ts'
import { alertsMessage } from './words.ts'

interface Ends {
  readonly rule: LaterAlertRule
  readonly id: string
  readonly alerts: readonly Alert[]
}

interface Telling extends KnownAlertRules {
  readonly now: string
}

export function tellEnds(state: AlertState, { rule, id, alerts }: Ends, context: Telling): AlertStep {
  const isAsked = state.hasIncident && alerts.length > 0
  if (!isAsked || !goesBy(rule, context)) return { state, effects: [] }
  return { state, effects: [{ kind: 'tell-incident', message: alertsMessage(id, context.now, alerts) }] }
}

/**
 * What is let go of for newer ones, and may fire for all that its incident knows: its end will be news to nobody. Of one that
 * has stopped the incident has heard, unless its cause comes and goes.
 */
export function letGo(before: AlertState, after: AlertState): readonly KnownAlert[] {
  const kept = new Set(after.alerts.map(({ fingerprint }) => fingerprint))
  return before.alerts
    .filter(({ fingerprint, state }) => !kept.has(fingerprint) && (state === 'firing' || before.flapping !== null))
    .map(alert => (alert.state === 'firing' ? stoppedAt(alert, after.heardAt) : alert))
}
