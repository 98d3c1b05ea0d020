/** What becomes of a resolved incident when its alerts were looked up after half an hour. */
import { minutesAfter, STILL_FIRING_MINUTES } from './deadlines.ts'
import { reopened } from './decide-reopening.ts'
import type { Step } from './effects.ts'
import { criticalFiring, placed } from './linked-alerts.ts'
import { type AlertReading, unsureWords, withoutEnded } from './looked-up.ts'
import { OPS, type RuleContext } from './step.ts'

/** Resolved, and an alert goes on: people may know more, but not for ever. */
export function reopenedByWhatFires(step: Step, readings: readonly AlertReading[], context: RuleContext): Step {
  const known = withoutEnded(step, readings, context)
  const { status, resolvedAt } = known.incident
  if (status !== 'resolved' || resolvedAt === null) return known
  // Resolved once more while the answer was on its way: that has its own half hour.
  if (context.now < minutesAfter(resolvedAt, STILL_FIRING_MINUTES)) return known
  const firing = criticalFiring(known.incident)
  const [first, ...others] = firing
  if (first === undefined) return known
  const alerts = others.length === 0 ? `${placed(first)} still fires` : `${firing.map(placed).join(', ')} still fire`
  const doubt = unsureWords(firing, readings)
  return reopened(known, OPS, `${alerts} ${STILL_FIRING_MINUTES} minutes after it was resolved${doubt}`, context)
}
