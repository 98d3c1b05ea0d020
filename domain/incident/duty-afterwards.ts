/** Duties after the resolution: what is missing for closing, and follow-ups until they are done (I2.4, S53). */
import { addBusinessDays, nextMorning } from '../team/business-time.ts'
import type { Team } from '../team/team.ts'
import { localMoment, momentOf, parseLocalMoment } from '../team/zone.ts'
import { missingForClosing } from './closing.ts'
import { minutesAfter, OVERDUE_BUSINESS_DAYS, SILENCED, STILL_FIRING_MINUTES, WATCHED } from './deadlines.ts'
import { type Duty, later, unlessDone } from './duty.ts'
import type { FollowUp, Incident } from './incident.ts'
import { goesBy } from './later-rules.ts'
import { criticalFiring } from './linked-alerts.ts'
import { tell } from './offers.ts'
import { inCharge, isKnown, management, mentionPeople } from './people.ts'
import { asked, keyFor, logged, nameOf, OPS } from './step.ts'
import { reopenedByWhatFires } from './still-firing.ts'

/** Every business day at 09:00, until it is closed. Once the post-mortem has a date, not before it has taken place. */
const closing: Duty = {
  name: 'closing',
  due(incident, team, done) {
    if (incident.status !== 'resolved' || incident.resolvedAt === null) return null
    return nextMorning(later(later(incident.resolvedAt, done), reviewAhead(incident, team)), team)
  },
  perform(step, context) {
    const missing = missingForClosing(step.incident, context)
    const what = missing.length === 0 ? 'nothing is missing, it can be closed' : `missing: ${missing.join('; ')}`
    const text = `${nameOf(step.incident)} is resolved and not closed: ${what}`
    const told = logged(step, context.now, OPS, 'reminded', text)
    const mention = mentionPeople(inCharge(step.incident, context))
    return asked(told, { kind: 'post', key: keyFor(told, 'closing'), text, mention })
  },
}

/** On the day on which it is due and every business day after it the owner hears of it; after three more, management. */
const followUps: Duty = {
  name: 'follow-ups',
  due(incident, team, done) {
    const [first] = openFollowUps(incident)
      .map(({ due }) => due)
      .toSorted()
    if (first === undefined) return null
    const eve = momentOf({ day: first, hour: 0, minute: 0 }, team.timezone)
    return nextMorning(later(eve, done), team)
  },
  perform(step, context) {
    const { team, now } = context
    const today = localMoment(now, team.timezone).day
    const due = openFollowUps(step.incident).filter(followUp => followUp.due <= today)
    if (due.length === 0) return step
    const overdue = due.filter(followUp => addBusinessDays(followUp.due, OVERDUE_BUSINESS_DAYS, team) < today)
    const kind = overdue.length === 0 ? 'reminded' : 'escalated'
    const told = logged(step, now, OPS, kind, `follow-ups due: ${due.map(words).join('; ')}`)
    const owners = [...new Set(due.map(({ owner }) => owner))].filter(owner => isKnown(team, owner))
    const toOwners = owners.map(owner => {
      const theirs = due.filter(followUp => followUp.owner === owner)
      return tell(told, owner, `Due in ${nameOf(step.incident)}: ${theirs.map(words).join('; ')}`)
    })
    const text = `Overdue in ${nameOf(step.incident)}: ${overdue.map(words).join('; ')}`
    const above = overdue.length === 0 ? [] : management(team, now).filter(person => !owners.includes(person))
    return asked(told, ...toOwners, ...above.map(person => tell(told, person, text)))
  },
}

/** Resolved, and an alert goes on as far as is known: Alertmanager is asked, and what still fires opens it again. */
const stillFires: Duty = {
  name: 'still-fires',
  due(incident, _team, done) {
    const { status, resolvedAt, clock } = incident
    if (status !== 'resolved' || resolvedAt === null || clock[WATCHED] !== resolvedAt) return null
    if (criticalFiring(incident).length === 0) return null
    const silenced = clock[SILENCED]
    const first = unlessDone(minutesAfter(resolvedAt, STILL_FIRING_MINUTES), done)
    return first ?? (silenced === undefined ? null : unlessDone(silenced, done))
  },
  perform(step, context) {
    if (!goesBy('what-fires-is-looked-up', context)) return reopenedByWhatFires(step, [], context)
    return asked(step, { kind: 'look-up-alerts' })
  },
}

export const AFTERWARDS_DUTIES: readonly Duty[] = [stillFires, closing, followUps]

function reviewAhead({ review }: Incident, team: Team): string | null {
  const moment = review.at === null || review.notes !== null ? null : parseLocalMoment(review.at)
  return moment === null ? null : momentOf(moment, team.timezone)
}

/** What was a duplicate or a false alarm has nothing left to do. */
function openFollowUps({ followUps: all, ending }: Incident): readonly FollowUp[] {
  return ending === 'duplicate' || ending === 'false-alarm' ? [] : all.filter(({ doneAt }) => doneAt === null)
}

function words({ number, title, owner, due }: FollowUp): string {
  return `${number} ${title} (${owner}, ${due})`
}
