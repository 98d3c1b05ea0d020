/** How an incident comes to its end: root cause, resolution, review, closing, false alarms. */
import { type LocalMoment, momentOf, parseLocalMoment } from '../team/zone.ts'
import { missingForClosing, openChanges } from './closing.ts'
import { WATCHED } from './deadlines.ts'
import type { Step } from './effects.ts'
import type { Incident } from './incident.ts'
import { goesBy } from './later-rules.ts'
import { announceEnd, keepInformed, lastReviewDay, tellSubscribers } from './notices.ts'
import { endPaging, NO_PAGING } from './paging.ts'
import { type CommandOf, done, type PersonalCase, type Ruling, refused } from './ruling.ts'
import { needsReview } from './severity.ts'
import { asked, begin, changed, logged, marked, nameOf, type RuleContext } from './step.ts'
import { clean, cleanLine, cutWords, LONG_TEXT, LONGEST, SHORT_TEXT } from './text.ts'
import { moveBy } from './transitions.ts'

/** I2.2b: all four, or it is no root cause. */
export function setRootCause({ rootCause }: CommandOf<'root-cause'>, { incident, actor, now }: PersonalCase): Ruling {
  const cleaned = {
    trigger: clean(rootCause.trigger, LONG_TEXT),
    propagation: clean(rootCause.propagation, LONG_TEXT),
    contributingFactors: clean(rootCause.contributingFactors, LONG_TEXT),
    findings: clean(rootCause.findings, LONG_TEXT),
  }
  const empty = [
    ...(cleaned.trigger === '' ? ['what triggered it'] : []),
    ...(cleaned.propagation === '' ? ['how it spread'] : []),
    ...(cleaned.contributingFactors === '' ? ['what contributed to it'] : []),
    ...(cleaned.findings === '' ? ['what was found'] : []),
  ]
  if (empty.length > 0) return refused(`missing: ${empty.join(', ')}`, 'Fill in all four; "none" is an answer, too.')
  const next = changed(begin(incident), { rootCause: cleaned })
  return done(logged(next, now, actor, 'root-cause', `root cause: ${cleaned.trigger}`), 'the root cause is kept')
}

/** It works again. Everybody who was told of the incident hears of it (I3.3), and the post-mortem is drafted. */
export function resolve({ resolution }: CommandOf<'resolve'>, situation: PersonalCase): Ruling {
  const { incident, actor, now, by } = situation
  const text = clean(resolution, LONG_TEXT)
  const { rootCause } = incident
  if (text === '') return refused('the resolution is missing', 'Say what was done.')
  if (rootCause === null) {
    return refused('the root cause is missing', 'Write it down first, all four fields: ops incident rootcause.')
  }
  const move = moveBy(incident.status, 'resolve')
  if (move === null) return refused(`${nameOf(incident)} is ${incident.status}`, 'Nothing has to be resolved.')
  const ended = changed(begin(incident), {
    status: move.to,
    resolution: text,
    resolvedAt: now,
    lastUpdateAt: now,
    nextUpdateAt: null,
    offers: [],
  })
  const told = logged(watched(ended, situation), now, actor, 'resolved', `resolved: ${text}`)
  const silent = endPaging(told, 'it is resolved')
  const announced = announceEnd(silent, `${rootCause.trigger}; ${rootCause.propagation}`, text, situation)
  const step = asked(tellSubscribers(announced, `${nameOf(incident)} is resolved: ${text}`, by), {
    kind: 'write-postmortem',
  })
  const missing = missingForClosing(step.incident, situation)
  return done(step, missing.length === 0 ? 'resolved' : `resolved; before it is closed: ${missing.join(', ')}`)
}

/** From here on it is watched whether its alerts stop. */
function watched(ended: Step, context: RuleContext): Step {
  return goesBy('what-still-fires-is-not-over', context) ? marked(ended, WATCHED, context.now) : ended
}

/** When the post-mortem takes place (I2.4a), and what came of it. */
export function setReview({ at, notes }: CommandOf<'review'>, situation: PersonalCase): Ruling {
  const { incident, actor, now } = situation
  const text = notes === null ? null : clean(notes, LONG_TEXT)
  if (at === null && (text === null || text === ''))
    return refused('nothing was said', 'Give a date and time, or notes.')
  const moment = at === null ? null : parseLocalMoment(at)
  if (at !== null && moment === null) {
    return refused(`"${clean(at, 40)}" is no date and time`, 'Write it as 2026-11-30 14:00, local time.')
  }
  if (moment !== null && isPast(moment, text, situation)) {
    return refused(`${clean(at ?? '', 40)} is over`, 'Name a time to come, or add the notes of what took place.')
  }
  const last = lastReviewDay(incident, situation)
  if (moment !== null && needsReview(incident) && moment.day > last) {
    return refused(
      `${moment.day} is too late`,
      `The post-mortem takes place within 5 business days: at the latest on ${last}.`,
    )
  }
  const review = {
    at: at === null ? incident.review.at : clean(at, 40).replace('T', ' '),
    notes: text === null || text === '' ? incident.review.notes : text,
  }
  const words = [
    ...(at === null ? [] : [`post-mortem on ${review.at}`]),
    ...(text === null ? [] : ['its notes are in']),
  ]
  const told = logged(changed(begin(incident), { review }), now, actor, 'review', words.join('; '))
  return done(text === null ? told : asked(told, { kind: 'write-postmortem' }), words.join('; '))
}

/** With its notes, one that has taken place since the incident began may be written down. */
function isPast(moment: LocalMoment, notes: string | null, { incident, now, team, ...context }: PersonalCase): boolean {
  const at = momentOf(moment, team.timezone)
  const earliest = notes === null || notes === '' ? now : incident.startedAt
  return at < earliest && goesBy('a-review-lies-ahead', context)
}

/** The gate of I2.4: whatever is missing is named. */
export function close(_command: CommandOf<'close'>, situation: PersonalCase): Ruling {
  const { incident, actor, now } = situation
  const ended = endedBy('close', incident, now)
  if (ended === null) {
    return refused(`${nameOf(incident)} is ${incident.status}`, 'Resolve it first, or say that it was a false alarm.')
  }
  const missing = [...missingForClosing(incident, situation, situation.readings), ...situation.missing]
  if (missing.length > 0) return refused(`missing: ${missing.join('; ')}`, 'Add what is missing, then close it.')
  const told = logged(changed(ended, { paging: NO_PAGING }), now, actor, 'closed', 'closed: nothing is missing')
  const text = `${nameOf(incident)} is closed`
  const informed = keepInformed(told, `${text}: nothing is missing`, [actor.person], situation)
  return done(asked(informed, { kind: 'write-postmortem' }), text)
}

export function falseAlarm({ reason }: CommandOf<'false-alarm'>, situation: PersonalCase): Ruling {
  const { incident, actor, now, by } = situation
  const text = clean(reason, LONGEST.reason)
  if (text === '') return refused('the reason is missing', 'Say why it was a false alarm.')
  const blocked = blockedByChanges(incident) ?? blockedByReviews(situation)
  if (blocked !== null) return blocked
  const ended = endedBy('false-alarm', incident, now)
  if (ended === null) return refused(`${nameOf(incident)} is ${incident.status}`, 'It has ended already.')
  const told = logged(ended, now, actor, 'false-alarm', `false alarm: ${text}`)
  const silent = silenced(told, 'it was a false alarm', situation)
  const announced = announceEnd(silent, `false alarm: ${text}`, 'nothing had to be done', situation)
  return done(
    tellSubscribers(announced, `${nameOf(incident)} was a false alarm: ${text}`, by),
    `closed as a false alarm${cutWords(LONGEST.reason, reason)}`,
  )
}

/** Null when the table has no such move. */
export function endedBy(verb: 'close' | 'merge' | 'false-alarm', incident: Incident, now: string): Step | null {
  const move = moveBy(incident.status, verb)
  if (move === null) return null
  return changed(begin(incident), {
    status: move.to,
    ending: move.ending,
    closedAt: now,
    nextUpdateAt: null,
    offers: [],
  })
}

/** Whoever still rings for what has ended rings no more. */
export function silenced(ended: Step, why: string, context: RuleContext): Step {
  const isLater = goesBy('ends-silence-whom-they-rang', context)
  return endPaging(isLater ? ended : changed(ended, { paging: NO_PAGING }), why)
}

export function blockedByChanges(incident: Incident): Ruling | null {
  const [change] = openChanges(incident)
  if (change === undefined) return null
  return refused(
    `change ${change.number} (${cleanLine(change.title, SHORT_TEXT)}) is ${change.state}`,
    'Wait for its end, or cancel it.',
  )
}

/** A decision that somebody took alone is looked at by others, however the incident ends. */
export function blockedByReviews({ missing }: PersonalCase): Ruling | null {
  return missing.length === 0 ? null : refused(`missing: ${missing.join('; ')}`, 'Add what is missing, then end it.')
}
