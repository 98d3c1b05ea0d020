/** Two incidents that are one: the duplicate ends, the survivor hears of it and of whatever still comes for the duplicate. */
import { blockedByChanges, blockedByReviews, endedBy, silenced } from './decide-ending.ts'
import { reopened } from './decide-reopening.ts'
import type { Effect, Step } from './effects.ts'
import { type Incident, incidentName, parseIncidentName } from './incident.ts'
import { inherit, openToPassOn } from './inherited.ts'
import { goesBy } from './later-rules.ts'
import { announceGoingOn, tellSubscribers } from './notices.ts'
import type { Outcome } from './outcomes.ts'
import { type CommandOf, done, type PersonalCase, type Ruling, refused } from './ruling.ts'
import type { Standing } from './start.ts'
import { asked, changed, keyFor, logged, nameOf, OPS, type RuleContext } from './step.ts'
import { clean } from './text.ts'

/** What is passed on to a survivor. */
type Report = CommandOf<'alerts' | 'declared-again'>

/** Ends it as a duplicate. Its run stays until the survivor was told; where that fails, it is open again. */
export function merge({ into }: CommandOf<'merge'>, situation: PersonalCase): Ruling {
  const { incident, actor, now, by, survivor } = situation
  const number = survivorOf(incident, into)
  if (number === null)
    return refused(`"${clean(into, 40)}" names no other incident`, 'Write the one that goes on: INC-7.')
  if (incident.number === 0) return refused('it has no number yet', 'The ledger gives it one; try again then.')
  const blocked =
    blockedByChanges(incident) ?? blockedByReviews(situation) ?? blockedBySurvivor(incidentName(number), survivor)
  if (blocked !== null) return blocked
  const ended = endedBy('merge', incident, now)
  if (ended === null) return refused(`${nameOf(incident)} is ${incident.status}`, 'It has ended already.')
  const name = incidentName(number)
  const told = logged(changed(ended, { mergedInto: name }), now, actor, 'merged', `goes on as ${name}`)
  const silent = silenced(told, `it goes on as ${name}`, situation)
  const { title, severity, systems, impact, alerts } = incident
  const again = { kind: 'declared-again', title, severity, hosts: systems, impact } as const
  const followUps = openToPassOn(incident)
  const leavesNothing = goesBy('a-duplicate-leaves-nothing-behind', situation)
  const first: Report = leavesNothing && followUps.length > 0 ? { ...again, followUps } : again
  const passing = passedOn(silent, number, alerts.length === 0 ? [first] : [first, { kind: 'alerts', alerts }])
  const asking = leavesNothing ? announceGoingOn(passing, incident, name, situation) : passing
  return done(tellSubscribers(asking, `${nameOf(incident)} goes on as ${name}`, by), `goes on as ${name}`)
}

/** The number that a merge names; null when it names none, or the incident itself. */
export function survivorOf(incident: Incident, into: string): number | null {
  const number = parseIncidentName(into)
  return number === 0 || number === incident.number ? null : number
}

/** For a duplicate: what comes for it is told where it goes on. */
export function forwarded(step: Step, report: Report, context: RuleContext): Step {
  const { number, mergedInto } = step.incident
  const survivor = mergedInto === null ? null : parseIncidentName(mergedInto)
  if (survivor === null) return step
  const { via = [] } = report
  if (!via.includes(survivor)) return passedOn(step, survivor, [report])
  // They were merged in a circle at the same moment. One of them goes on, and each of them knows which one.
  const circle = [...via.slice(via.indexOf(survivor)), number]
  const names = circle.map(incidentName).join(', ')
  if (Math.min(...circle) !== number) return step
  const followUps = report.kind === 'declared-again' ? (report.followUps ?? []) : []
  return reopened(inherit(step, followUps, context), OPS, `${names} were merged into each other`, context)
}

/** Nobody would have it otherwise. */
export function notPassedOn(
  step: Step,
  { number, why }: Extract<Outcome, { kind: 'not-passed-on' }>,
  context: RuleContext,
): Step {
  const name = incidentName(number)
  const told = logged(step, context.now, OPS, 'failed', `could not tell ${name}: ${why}`)
  const isWaiting = step.incident.ending === 'duplicate' && step.incident.mergedInto === name
  return isWaiting ? reopened(told, OPS, `${name}, as which it was to go on, could not be told`, context) : told
}

function passedOn(step: Step, number: number, reports: readonly Report[]): Step {
  const key = keyFor(step, 'pass-on')
  const effects = reports.map((report): Effect => {
    const command = { ...report, via: [...(report.via ?? []), step.incident.number] }
    return { kind: 'tell-incident', number, key: report.kind === 'alerts' ? `${key}:alerts` : key, command }
  })
  return asked(step, ...effects)
}

function blockedBySurvivor(name: string, standing: Standing): Ruling | null {
  switch (standing) {
    case 'open':
      return null
    case 'absent':
      return refused(`there is no ${name}`, 'ops incident list shows the incidents.')
    case 'closed':
      return refused(`${name} is closed`, 'Name one that is open; ops incident list shows them.')
    case 'unknown':
      return refused(`nobody can say now whether ${name} is open`, 'Try again in a minute.')
  }
}
