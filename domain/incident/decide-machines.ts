/** What machines, and people who report the same again, tell an incident. Nothing is ever closed or remedied because of it. */
import { parseHostName } from '../ids.ts'
import { forwarded } from './decide-merging.ts'
import { reopened } from './decide-reopening.ts'
import { rated, reclassified } from './decide-reporting.ts'
import type { Step } from './effects.ts'
import type { Incident, LinkedAlert } from './incident.ts'
import { inherit } from './inherited.ts'
import { alertWords, linked, type Over } from './linked-alerts.ts'
import { keepInformed } from './notices.ts'
import { cleanImpact } from './open.ts'
import { type Case, type CommandOf, done, type Ruling } from './ruling.ts'
import { isWorse, SEVERITY_RULES, type Severity } from './severity.ts'
import { asked, begin, changed, keyFor, logged, nameOf } from './step.ts'
import { withSystems } from './systems.ts'
import { cleanLine, SHORT_TEXT } from './text.ts'
import { isOpen } from './transitions.ts'

/** Repetitions of what is known leave no line: Alertmanager repeats itself every few hours. */
export function alertsChanged(command: CommandOf<'alerts'>, situation: Case): Ruling {
  const { incident, actor, now } = situation
  const {
    alerts: all,
    news,
    refires,
    worsens,
  } = linked(incident.alerts, command.alerts, command.again === true ? overSince(situation) : null)
  const known = changed(begin(incident), { alerts: all })
  if (news.length === 0) return done(known, 'nothing new')
  const words = alertWords(news, command.cutOff)
  const told = logged(known, now, actor, 'alerts', words)
  if (incident.ending === 'duplicate') return done(forwarded(told, command, situation), words)
  const concerned = withSystems(told, hostsOf(news))
  const severity = worsens ? severityOfCritical(incident) : null
  const assessed = atLeast(concerned, severity, `a critical alert makes it ${severity}`, situation)
  return done(refires ? happensAgain(assessed, words, situation) : quiet(assessed, all), words)
}

/** Null while people work on it. */
function overSince({ incident, now }: Case): Over | null {
  const { status, resolvedAt, closedAt } = incident
  const since = isOpen(status) ? null : (resolvedAt ?? closedAt)
  return since === null ? null : { since, now }
}

/** Joins what is open, also when it is resolved. What is said now makes it worse, and never better. */
export function declaredAgain(command: CommandOf<'declared-again'>, situation: Case): Ruling {
  const { incident, actor, now } = situation
  const { title, severity = null, hosts = [], impact = null, followUps = [] } = command
  const words = cleanLine(title, SHORT_TEXT)
  const who = actor.person ?? actor.door
  const felt = cleanImpact(impact)
  const said = felt === null || felt === incident.impact ? words : `${words} (${felt})`
  const told = logged(begin(incident), now, actor, 'declared-again', `${who} reports the same: ${said}`)
  if (incident.ending === 'duplicate') {
    const step = forwarded(told, command, situation)
    const { status, mergedInto } = step.incident
    return done(step, status === 'closed' ? `${nameOf(incident)} goes on as ${mergedInto}, which is told` : words)
  }
  const concerned = withSystems(changed(told, { impact: incident.impact ?? felt }), hosts)
  const assessed = atLeast(concerned, severity, `${who} says that it is ${severity}`, situation)
  const known = inherit(assessed, followUps, situation)
  const step = happensAgain(known, `reported again: ${words}`, situation)
  const level = SEVERITY_RULES[step.incident.severity].title
  return done(step, `joined ${nameOf(incident)} (${incident.title}), which is ${level}`)
}

/** What is resolved or closed is open again. */
function happensAgain(step: Step, words: string, situation: Case): Step {
  return isOpen(step.incident.status) ? step : reopened(step, situation.actor, words, situation)
}

/** A warning that turns critical is the same incident, and wakes people (A2.2). What is opened again calls them by itself. */
function atLeast(step: Step, severity: Severity | null, why: string, situation: Case): Step {
  const { incident } = step
  if (severity === null || !isWorse(severity, incident.severity)) return step
  const told = logged(step, situation.now, situation.actor, 'classified', why)
  const worse =
    incident.status === 'closed' ? rated(told, severity, situation) : reclassified(told, severity, situation)
  return keepInformed(worse, `${nameOf(incident)}: ${why}`, [situation.actor.person], situation)
}

function hostsOf(alerts: readonly LinkedAlert[]): readonly string[] {
  const firing = alerts.filter(({ state }) => state === 'firing')
  return firing.flatMap(({ instance }) => (instance === null ? [] : (parseHostName(instance) ?? [])))
}

/** Critical when data or availability is concerned, else High. */
function severityOfCritical({ category }: Incident): Severity {
  return category === 'availability' || category === 'data' ? 'critical' : 'high'
}

/** Silence of the alerts is worth a word, and nothing more. */
function quiet(step: Step, alerts: readonly LinkedAlert[]): Step {
  const { status } = step.incident
  if (status === 'resolved' || status === 'closed' || alerts.some(({ state }) => state === 'firing')) return step
  const text = 'All alerts have stopped. Whether it is resolved is for people to say.'
  return asked(step, { kind: 'post', key: keyFor(step, 'alerts-stopped'), text, mention: 'none' })
}
