/** What Alertmanager says of alerts that an incident believes to fire: not every end is told. */
import type { Step } from './effects.ts'
import type { LinkedAlert } from './incident.ts'
import { alertWords, criticalFiring } from './linked-alerts.ts'
import { changed, logged, OPS, type RuleContext } from './step.ts'

/** One alert since one beginning. */
export type AlertKey = Pick<LinkedAlert, 'fingerprint' | 'since'>

/** `unknown`: nobody can say, which is never an end. */
export interface AlertReading extends AlertKey {
  readonly state: 'firing' | 'ended' | 'unknown'
  /** Until when people have silenced its cause; null when nobody has, or nobody can say. */
  readonly silencedUntil: string | null
}

/** Without those that have ended; what has begun anew since it was looked up is left as it is. */
export function withoutEnded(step: Step, readings: readonly AlertReading[], { now }: RuleContext): Step {
  const ended = criticalFiring(step.incident).filter(alert => readingOf(alert, readings)?.state === 'ended')
  if (ended.length === 0) return step
  const stop = (alert: LinkedAlert): LinkedAlert => ({ ...alert, state: 'resolved', since: now })
  const alerts = step.incident.alerts.map(alert => (ended.includes(alert) ? stop(alert) : alert))
  const text = `${alertWords(ended.map(stop))}: Alertmanager was asked, and had not told of it`
  return logged(changed(step, { alerts }), now, OPS, 'alerts', text)
}

/** Empty when Alertmanager was not asked, or knows. */
export function unsureWords(alerts: readonly LinkedAlert[], readings: readonly AlertReading[]): string {
  const isUnsure = alerts.some(alert => readingOf(alert, readings)?.state === 'unknown')
  return isUnsure ? ', as far as is known: Alertmanager cannot say' : ''
}

/** ISO, in time to come; null for an alert that nobody has silenced. */
export function silenceOf(alert: LinkedAlert, readings: readonly AlertReading[], now: string): string | null {
  const until = readingOf(alert, readings)?.silencedUntil ?? null
  return until !== null && Date.parse(until) > Date.parse(now) ? new Date(until).toISOString() : null
}

function readingOf({ fingerprint, since }: LinkedAlert, readings: readonly AlertReading[]): AlertReading | undefined {
  return readings.find(reading => reading.fingerprint === fingerprint && reading.since === since)
}
