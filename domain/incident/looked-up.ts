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
}

/** Without those that have ended; what has begun anew since it was looked up is left as it is. */
export function withoutEnded(step: Step, readings: readonly AlertReading[], { now }: RuleContext): Step {
  const ended = criticalFiring(step.incident).filter(alert => readingOf(alert, readings) === 'ended')
  if (ended.length === 0) return step
  const stop = (alert: LinkedAlert): LinkedAlert => ({ ...alert, state: 'resolved', since: now })
  const alerts = step.incident.alerts.map(alert => (ended.includes(alert) ? stop(alert) : alert))
  const text = `${alertWords(ended.map(stop))}: nobody told of that, and Alertmanager, asked for it, knows`
  return logged(changed(step, { alerts }), now, OPS, 'alerts', text)
}

/** Empty when Alertmanager was not asked, or knows. */
export function unsureWords(alerts: readonly LinkedAlert[], readings: readonly AlertReading[]): string {
  const isUnsure = alerts.some(alert => readingOf(alert, readings) === 'unknown')
  return isUnsure ? ', as far as is known: Alertmanager cannot say' : ''
}

function readingOf(
  { fingerprint, since }: LinkedAlert,
  readings: readonly AlertReading[],
): AlertReading['state'] | null {
  return readings.find(reading => reading.fingerprint === fingerprint && reading.since === since)?.state ?? null
}
