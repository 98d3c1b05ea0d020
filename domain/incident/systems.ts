/** Which hosts and systems an incident concerns, and which of them somebody still has to look at. */

import { workBegan } from './deadlines.ts'
import type { Step } from './effects.ts'
import type { Evidence, Incident } from './incident.ts'
import { cleanSystems } from './open.ts'
import { asked, changed } from './step.ts'
import { isOpen } from './transitions.ts'

/** More are concerned than was known. No systems at all means every host, so that nothing is added to them. */
export function withSystems(step: Step, more: readonly string[]): Step {
  const { systems } = step.incident
  return systems.length === 0 ? step : overSystems(step, [...systems, ...more])
}

/** These, and no others, are concerned. What is opened again is looked at by itself. */
export function overSystems(step: Step, systems: readonly string[]): Step {
  const { incident } = step
  const cleaned = cleanSystems(systems)
  const next = changed(step, { systems: cleaned })
  const isMore = cleaned.length === 0 || cleaned.some(system => !incident.systems.includes(system))
  if (incident.systems.length === 0 || !isMore || !isOpen(incident.status)) return next
  return asked(next, { kind: 'collect-evidence' })
}

/** What was found since people began to work on it, this time; null when nobody has looked yet. */
export function evidenceSoFar(incident: Incident): readonly Evidence[] | null {
  const { evidence, evidenceAt } = incident
  return evidenceAt === null || evidenceAt <= workBegan(incident) ? null : evidence
}
