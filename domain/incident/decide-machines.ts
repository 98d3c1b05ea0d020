/** What machines, and people who report the same again, tell an incident. Nothing is ever closed or remedied because of it. */

import { passOn, reopened } from './decide-ending.ts'
import { reclassified } from './decide-reporting.ts'
import type { Step } from './effects.ts'
import { type Incident, type LinkedAlert, parseIncidentName } from './incident.ts'
import { alertWords, linked } from './linked-alerts.ts'
import { type Case, type CommandOf, done, type Ruling } from './ruling.ts'
import { SEVERITIES, type Severity } from './severity.ts'
import { asked, begin, changed, keyFor, logged, nameOf } from './step.ts'
import { cleanLine, SHORT_TEXT } from './text.ts'

/** Repetitions of what is known leave no line: Alertmanager repeats itself every few hours. */
export function alertsChanged({ alerts }: CommandOf<'alerts'>, situation: Case): Ruling {
  const { incident, actor, now } = situation
  const { alerts: all, news, refires, worsens } = linked(incident.alerts, alerts)
  if (news.length === 0) return done(changed(begin(incident), { alerts: all }), 'nothing new')
  const words = alertWords(news)
  const told = logged(changed(begin(incident), { alerts: all }), now, actor, 'alerts', words)
  if (!refires) return done(worsens ? raised(told, situation) : quiet(told, all), words)
  const again = happensAgain(told, words, situation)
  return done(worsens ? raised(again, situation) : again, words)
}

export function declaredAgain({ title }: CommandOf<'declared-again'>, situation: Case): Ruling {
  const { incident, actor, now } = situation
  const words = cleanLine(title, SHORT_TEXT)
  const who = actor.person ?? actor.door
  const told = logged(begin(incident), now, actor, 'declared-again', `${who} reports the same: ${words}`)
  return done(
    happensAgain(told, `reported again: ${words}`, situation),
    `joined ${nameOf(incident)} (${incident.title})`,
  )
}

/** What is resolved or closed is open again; what goes on elsewhere is told there. */
function happensAgain(step: Step, words: string, situation: Case): Step {
  const { status, ending, mergedInto } = step.incident
  if (ending === 'duplicate') {
    const survivor = mergedInto === null ? null : parseIncidentName(mergedInto)
    return survivor === null ? step : asked(step, ...passOn(step, survivor))
  }
  return status === 'resolved' || status === 'closed' ? reopened(step, situation.actor, words, situation) : step
}

/** A warning that turns critical is the same incident, and wakes people (A2.2): Critical when data or availability is concerned, else High. */
function raised(step: Step, situation: Case): Step {
  const { incident } = step
  const severity = severityOfCritical(incident)
  const isWorse = SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(incident.severity)
  if (incident.ending === 'duplicate' || !isWorse) return step
  const told = logged(step, situation.now, situation.actor, 'classified', `a critical alert makes it ${severity}`)
  return reclassified(told, severity, situation)
}

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
