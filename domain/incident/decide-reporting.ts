/** What people say about the incident: how bad it is, how it stands, that nothing has changed. */
import { localTime } from '../calendar.ts'
import { OpsError } from '../failures.ts'
import { minutesAfter, UPDATE_SOON, updateDeadline } from './deadlines.ts'
import type { Step } from './effects.ts'
import { goesBy } from './later-rules.ts'
import { AT_ONCE, announceStart, announceStatus, tellSubscribers } from './notices.ts'
import { callPeople, cleanImpact } from './open.ts'
import { endPaging, ringPastHolder } from './paging.ts'
import { mentionFor } from './people.ts'
import { type Case, type CommandOf, done, type PersonalCase, type Ruling, refused } from './ruling.ts'
import { isWorse, SEVERITY_RULES, type Severity } from './severity.ts'
import { asked, begin, changed, keyFor, logged, marked, nameOf, type RuleContext } from './step.ts'
import { overSystems } from './systems.ts'
import { clean, cleanLine, cutWords, LONGEST, SHORT_TEXT } from './text.ts'
import { transition } from './transitions.ts'

/** I2.1c. Deadlines move to where they would be, had it been of this severity from the start. */
export function classify(command: CommandOf<'classify'>, situation: PersonalCase): Ruling {
  const { incident, actor, now, by } = situation
  const { severity, category, impact, systems, expectedResolution } = command
  if ([severity, category, impact, systems, expectedResolution].every(value => value === null)) {
    return refused('nothing was said', 'Name a severity, a category, the impact, systems or an expected resolution.')
  }
  const concerned = systems === null ? begin(incident) : overSystems(begin(incident), systems)
  const assessed = changed(concerned, {
    category: category ?? incident.category,
    impact: cleanImpact(impact) ?? incident.impact,
    expectedResolution:
      expectedResolution === null ? incident.expectedResolution : cleanLine(expectedResolution, SHORT_TEXT),
  })
  const words = [
    ...(severity === null ? [] : [SEVERITY_RULES[severity].title]),
    ...(category === null ? [] : [category]),
    ...(impact === null ? [] : [`impact: ${clean(impact, SHORT_TEXT)}`]),
    ...(systems === null ? [] : [`systems: ${assessed.incident.systems.join(', ')}`]),
    ...(expectedResolution === null ? [] : [`expected resolution: ${cleanLine(expectedResolution, SHORT_TEXT)}`]),
  ].join('; ')
  const told = logged(assessed, now, actor, 'classified', `assessed as ${words}`)
  const moved = reclassified(told, severity ?? incident.severity, situation)
  return done(
    tellSubscribers(afterAssessment(moved, impact !== null, situation), `${nameOf(incident)}: ${words}`, by),
    `${words}${impact === null ? '' : cutWords(LONGEST.impact, impact)}`,
  )
}

/** Another severity: more people are called when it is a worse one, and silence falls when it is one that wakes nobody. */
export function reclassified(step: Step, severity: Severity, situation: Case): Step {
  const before = step.incident
  if (severity === before.severity) return step
  const renamed = rated(step, severity, situation)
  const nextUpdateAt = before.nextUpdateAt === null ? null : updateDeadline(renamed.incident)
  const next = changed(renamed, { nextUpdateAt })
  if (before.status === 'resolved') return next
  return isWorse(severity, before.severity) ? worse(next, situation) : better(next)
}

/** The severity alone, and the worst one so far. */
export function rated(step: Step, severity: Severity, context: RuleContext): Step {
  const { severity: before, worstSeverity: worst = before } = step.incident
  const kept = goesBy('the-worst-severity-counts', context)
    ? { worstSeverity: isWorse(severity, worst) ? severity : worst }
    : {}
  return changed(step, { severity, ...kept })
}

function worse(step: Step, situation: Case): Step {
  const { incident } = step
  const text = `${nameOf(incident)} is ${SEVERITY_RULES[incident.severity].title} now: ${incident.title}`
  const called = calledFor(step, 'it is worse than it seemed', situation)
  const key = keyFor(called, 'worse')
  const told = asked(called, { kind: 'post', key, text, mention: mentionFor(incident, situation) })
  return announceStart(told, AT_ONCE[incident.severity], situation)
}

/** Whoever has it may be asleep when a machine says that it is worse; a person who says so sees who has it. */
function calledFor(step: Step, why: string, situation: Case): Step {
  const { acknowledged } = step.incident
  if (acknowledged === null) return callPeople(step, why, situation)
  const isMachine = situation.actor.person === null
  if (!isMachine || !goesBy('machines-ring-past-the-holder', situation)) return step
  return ringPastHolder(step, acknowledged.by, why, situation)
}

/** Counted on from the last page, so that it does not begin anew. */
function better(step: Step): Step {
  const { paging, severity } = step.incident
  const { escalateMinutes, title } = SEVERITY_RULES[severity]
  if (paging.nextAt === null || paging.pagedAt === null) return step
  if (escalateMinutes === null) return endPaging(step, `it is ${title} now`)
  return changed(step, { paging: { ...paging, nextAt: minutesAfter(paging.pagedAt, escalateMinutes) } })
}

/** With the impact known, stakeholders need not wait until the last moment. */
function afterAssessment(step: Step, isAssessed: boolean, situation: Case): Step {
  const { severity, status } = step.incident
  if (!isAssessed || status === 'resolved' || SEVERITY_RULES[severity].stakeholderMinutes === null) return step
  return announceStart(step, ['stakeholders'], situation)
}

export function note({ text }: CommandOf<'note'>, { incident, actor, now }: PersonalCase): Ruling {
  const words = clean(text, LONGEST.line)
  if (words === '') return refused('the note is empty', 'Say what should be kept.')
  return done(logged(begin(incident), now, actor, 'note', words), `noted${cutWords(LONGEST.line, text)}`)
}

/** I3.2: what is known, what is done, until when. The clock of the next update begins anew. */
export function statusUpdate(command: CommandOf<'status'>, situation: PersonalCase): Ruling {
  const { incident, actor, now, by } = situation
  const status = command.status ?? (incident.status === 'declared' ? 'investigating' : incident.status)
  if (status !== incident.status && transition(incident.status, 'status', status) === null) {
    return refused(`${nameOf(incident)} is ${incident.status}`, 'Reopen it first: ops incident reopen.')
  }
  const said = {
    findings: clean(command.findings, LONGEST.update),
    actions: clean(command.actions, LONGEST.update),
    expectedResolution: cleanLine(command.expectedResolution, SHORT_TEXT),
  }
  const { findings, actions, expectedResolution } = said
  const lastSaid = { findings, actions }
  const moved = changed(begin(incident), { status, expectedResolution, lastUpdateAt: now, lastSaid })
  const timed = changed(moved, { nextUpdateAt: updateDeadline(moved.incident) })
  const words = `${status}: ${said.findings} / ${said.actions} / expected: ${said.expectedResolution}`
  const told = logged(timed, now, actor, 'status', words)
  try {
    const announced = announceStatus(told, said, situation)
    const kept = cutWords(LONGEST.update, command.findings, command.actions)
    return done(tellSubscribers(announced, `${nameOf(incident)} is ${words}`, by), `the update is on its way${kept}`)
  } catch (error) {
    if (!(error instanceof OpsError)) throw error
    return refused(error.message, error.hint)
  }
}

/** Better than silence: the clock of the next update begins anew. */
export function noChange(_command: CommandOf<'no-change'>, situation: PersonalCase): Ruling {
  const { incident, actor, now } = situation
  if (hasJustSaid(situation)) return done(begin(incident), 'said already')
  const said = changed(begin(incident), { lastUpdateAt: now })
  const timed = changed(said, { nextUpdateAt: updateDeadline(said.incident) })
  const told = logged(timed, now, actor, 'no-change', 'nothing has changed since the last update')
  const text = `${nameOf(incident)}: nothing has changed since the last update`
  const posted = asked(told, { kind: 'post', key: keyFor(told, 'no-change'), text, mention: 'none' })
  return done(posted, 'noted; the next update is due after the usual time')
}

/** A button pressed twice is one word. */
function hasJustSaid({ incident: { timeline }, by, now, ...context }: PersonalCase): boolean {
  const last = timeline.findLast(({ kind }) => kind === 'no-change' || kind === 'status')
  if (last === undefined || last.by.person !== by || now >= minutesAfter(last.at, 1)) return false
  return goesBy('updates-are-never-nearer', context)
}

/** Puts the next update off, by no more than the time that lies between two of them. */
export function snooze({ minutes }: CommandOf<'snooze'>, situation: PersonalCase): Ruling {
  const { incident, actor, now, team } = situation
  const { updateMinutes } = SEVERITY_RULES[incident.severity]
  if (!(minutes >= 1 && minutes <= updateMinutes)) {
    return refused(`cannot put it off by ${minutes} minutes`, `Between 1 and ${updateMinutes} are possible.`)
  }
  const nextUpdateAt = minutesAfter(now, minutes)
  const set = incident.nextUpdateAt
  if (set !== null && nextUpdateAt <= set && goesBy('updates-are-never-nearer', situation)) {
    return refused(
      `the next update is not due before ${localTime(set, team.timezone)}`,
      'Put it off by more, or not at all.',
    )
  }
  // Whoever has put it off needs no word that it is due soon.
  const next = marked(changed(begin(incident), { nextUpdateAt }), UPDATE_SOON, nextUpdateAt)
  return done(logged(next, now, actor, 'snoozed', `next update put off by ${minutes} min`), `put off by ${minutes} min`)
}
