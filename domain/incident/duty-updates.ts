/** Duties that keep others informed and the work moving: stakeholders, status updates, the manual's one hour and four hours. */
import {
  audibleTime,
  FIX_TARGET_MINUTES,
  INVESTIGATION_MINUTES,
  minutesAfter,
  nextOnGrid,
  STAKEHOLDER_LEAD_MINUTES,
  UPDATE_NOTICE_MINUTES,
  UPDATE_SOON,
  wakesPeople,
  workBegan,
} from './deadlines.ts'
import { type Duty, unlessDone } from './duty.ts'
import type { Step } from './effects.ts'
import { goesBy } from './later-rules.ts'
import { announceStart, wasTold } from './notices.ts'
import { tell } from './offers.ts'
import { inCharge, type Mention, management, mentionPeople, updateAuthor } from './people.ts'
import { SEVERITY_RULES } from './severity.ts'
import { asked, keyFor, logged, nameOf, OPS } from './step.ts'
import { isOpen } from './transitions.ts'

/** A2.2: stakeholders know of it within the time of its severity, also when nobody has assessed it. */
const stakeholders: Duty = {
  name: 'stakeholders',
  due(incident) {
    const { stakeholderMinutes } = SEVERITY_RULES[incident.severity]
    if (!isOpen(incident.status) || stakeholderMinutes === null || wasTold(incident, 'stakeholders')) return null
    return minutesAfter(workBegan(incident), stakeholderMinutes - STAKEHOLDER_LEAD_MINUTES)
  },
  perform: (step, context) => announceStart(step, ['stakeholders'], context),
}

/** A quiet word to whoever writes the update, a little before it is due. */
const updateSoon: Duty = {
  name: UPDATE_SOON,
  due(incident, team, done) {
    if (!isOpen(incident.status) || incident.nextUpdateAt === null) return null
    return unlessDone(audibleTime(incident, minutesAfter(incident.nextUpdateAt, -UPDATE_NOTICE_MINUTES), team), done)
  },
  perform(step, context) {
    const people = updateAuthor(step.incident, context)
    const text = `The next status update of ${nameOf(step.incident)} is due in ${UPDATE_NOTICE_MINUTES} minutes.`
    const told = logged(step, context.now, OPS, 'reminded', `the next status update is due soon: ${people.join(', ')}`)
    return asked(told, ...people.map(person => tell(told, person, text)))
  },
}

/** At the time in the channel, and again after each cadence; from the second time on whoever is in charge hears of it as well. */
const updateDue: Duty = {
  name: 'update-due',
  due(incident, team, done, rules) {
    const { nextUpdateAt, severity, status } = incident
    if (!isOpen(status) || nextUpdateAt === null) return null
    if (done === null || done < nextUpdateAt) return audibleTime(incident, nextUpdateAt, team)
    const { updateMinutes } = SEVERITY_RULES[severity]
    const heardAfter = (after: string) => audibleTime(incident, nextOnGrid(nextUpdateAt, updateMinutes, after), team)
    // What was put off until the office opened is not said again an hour later.
    const aWhileLater = minutesAfter(done, updateMinutes / 2)
    const next = heardAfter(done)
    const again = next >= aWhileLater ? next : heardAfter(nextOnGrid(nextUpdateAt, updateMinutes, done))
    // Without the rule: of what is due in the evening this leaves every second day out.
    const before = heardAfter(aWhileLater)
    return again === before || goesBy('low-is-reminded-daily', rules) ? again : before
  },
  perform(step, context) {
    const { incident } = step
    const { nextUpdateAt, severity } = incident
    const missed = minutesAfter(nextUpdateAt ?? context.now, SEVERITY_RULES[severity].updateMinutes)
    const isMissed = context.now >= missed
    const author = updateAuthor(incident, context)
    const people = isMissed ? [...author, ...inCharge(incident, context)] : author
    const text = `${nameOf(incident)}: ${isMissed ? 'the status update is overdue' : 'a status update is due'}. Say how it stands, or that nothing has changed.`
    return reminded(step, isMissed ? 'escalated' : 'reminded', text, mentionPeople(people), context.now)
  },
}

/** I2.2: still looking for the cause after an hour. */
const investigation: Duty = {
  name: 'investigation',
  due(incident, team, done) {
    if (incident.status !== 'investigating') return null
    return unlessDone(audibleTime(incident, minutesAfter(workBegan(incident), INVESTIGATION_MINUTES), team), done)
  },
  perform(step, context) {
    const text = `${nameOf(step.incident)} is still being investigated after an hour. Is more help needed?`
    return reminded(step, 'reminded', text, mentionPeople(inCharge(step.incident, context)), context.now)
  },
}

/** I2.3: it should have been resolved within four hours. */
const fixTarget: Duty = {
  name: 'fix-target',
  due(incident, _team, done) {
    if (!isOpen(incident.status) || !wakesPeople(incident.severity)) return null
    return unlessDone(minutesAfter(workBegan(incident), FIX_TARGET_MINUTES), done)
  },
  perform(step, context) {
    const { incident } = step
    const above = management(context.team, context.now)
    const text = `${nameOf(incident)} is not resolved after four hours: ${incident.title}`
    const mention = mentionPeople([...inCharge(incident, context), ...above])
    const told = reminded(step, 'escalated', text, mention, context.now)
    return asked(told, ...above.map(person => tell(told, person, text)))
  },
}

export const UPDATE_DUTIES: readonly Duty[] = [stakeholders, updateSoon, updateDue, investigation, fixTarget]

function reminded(step: Step, kind: 'reminded' | 'escalated', text: string, mention: Mention, now: string): Step {
  const told = logged(step, now, OPS, kind, text)
  return asked(told, { kind: 'post', key: keyFor(told, kind), text, mention })
}
