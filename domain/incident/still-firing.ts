/** What becomes of a resolved incident when its alerts were looked up after half an hour. */
import { localTime } from '../calendar.ts'
import { minutesAfter, minutesInWords, SILENCED, STILL_FIRING_MINUTES } from './deadlines.ts'
import { reopened } from './decide-reopening.ts'
import type { Step } from './effects.ts'
import type { LinkedAlert } from './incident.ts'
import { criticalFiring, placed } from './linked-alerts.ts'
import { type AlertReading, silenceOf, unsureWords, withoutEnded } from './looked-up.ts'
import { logged, marked, OPS, type RuleContext } from './step.ts'

/** Resolved, and an alert goes on: people may know more, but not for ever. */
export function reopenedByWhatFires(step: Step, readings: readonly AlertReading[], context: RuleContext): Step {
  const known = withoutEnded(step, readings, context)
  const { status, resolvedAt } = known.incident
  if (status !== 'resolved' || resolvedAt === null) return known
  // Resolved once more while the answer was on its way: that has its own half hour.
  if (context.now < minutesAfter(resolvedAt, STILL_FIRING_MINUTES)) return known
  const firing = criticalFiring(known.incident)
  const loud = firing.filter(alert => silenceOf(alert, readings, context.now) === null)
  if (firing.length === 0) return known
  if (loud.length === 0) return putOff(known, firing, readings, context)
  const minutes = Math.floor((Date.parse(context.now) - Date.parse(resolvedAt)) / 60_000)
  const text = `${firesWords(loud)} ${minutesInWords(minutes)} after it was resolved${unsureWords(loud, readings)}`
  return reopened(known, OPS, text, context)
}

/** People have said that they want to hear nothing of it for so long: then it is looked up again. */
function putOff(
  step: Step,
  firing: readonly LinkedAlert[],
  readings: readonly AlertReading[],
  { now, team }: RuleContext,
): Step {
  const [until] = firing.flatMap(alert => silenceOf(alert, readings, now) ?? []).toSorted()
  if (until === undefined) return step
  const text = `${firesWords(firing)}, silenced: not opened again for that before ${localTime(until, team.timezone)}`
  return logged(marked(step, SILENCED, until), now, OPS, 'alerts', text)
}

function firesWords(alerts: readonly LinkedAlert[]): string {
  return `${alerts.map(placed).join(', ')} still ${alerts.length === 1 ? 'fires' : 'fire'}`
}
