/** What is due because of time alone, and when to look again. */
import type { Duty } from './duty.ts'
import { AFTERWARDS_DUTIES } from './duty-afterwards.ts'
import { HOLDING_DUTIES } from './duty-holding.ts'
import { UPDATE_DUTIES } from './duty-updates.ts'
import type { Step } from './effects.ts'
import type { Incident } from './incident.ts'
import { begin, marked, type RuleContext } from './step.ts'

/** By which rules, and whose office hours. */
type Calendar = Pick<RuleContext, 'team' | 'knows'>

const DUTIES: readonly Duty[] = [...HOLDING_DUTIES, ...UPDATE_DUTIES, ...AFTERWARDS_DUTIES]

/**
 * Carries out everything that is due at `now`, each duty once, the longest overdue first. Afterwards `nextDuty` lies in the
 * future. A look that comes late makes up for one occasion of each duty, not for all that have passed.
 */
export function dutiesDue(incident: Incident, context: RuleContext): Step {
  const { now } = context
  const dues = DUTIES.map(duty => ({ duty, dueAt: dueAt(duty, incident, context) }))
    .filter(({ dueAt: at }) => at !== null && at <= now)
    .toSorted((a, b) => (a.dueAt ?? '').localeCompare(b.dueAt ?? ''))
  return dues.reduce((step, { duty }) => {
    // One that came before may have made this one pointless.
    const at = dueAt(duty, step.incident, context)
    return at === null || at > now ? step : duty.perform(marked(step, duty.name, now), { ...context, dueAt: at })
  }, begin(incident))
}

/** ISO time of the next moment at which something is due; null when nothing ever is, as things stand. */
export function nextDuty(incident: Incident, calendar: Calendar): string | null {
  const dues = DUTIES.flatMap(duty => dueAt(duty, incident, calendar) ?? [])
  return dues.toSorted()[0] ?? null
}

function dueAt(duty: Duty, incident: Incident, calendar: Calendar): string | null {
  return duty.due(incident, calendar.team, incident.clock[duty.name] ?? null, calendar)
}
