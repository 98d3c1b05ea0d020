/** Who is written to about an incident, when and with which of the manual's messages (I3). */

import { localTime } from '../calendar.ts'
import { formatSpan } from '../report/format.ts'
import { addBusinessDays, nextBusinessDay } from '../team/business-time.ts'
import { onCallNow } from '../team/roster.ts'
import type { PersonId, Team } from '../team/team.ts'
import { localMoment } from '../team/zone.ts'
import { minutesInWords, REVIEW_BUSINESS_DAYS } from './deadlines.ts'
import type { Effect, Step } from './effects.ts'
import type { FollowUp, Incident, IncidentStatus } from './incident.ts'
import { goesBy } from './later-rules.ts'
import { tell } from './offers.ts'
import { personName } from './people.ts'
import { needsReview, SEVERITY_RULES, type Severity } from './severity.ts'
import { asked, changed, keyFor, logged, marked, nameOf, OPS, type RuleContext } from './step.ts'
import {
  initialNotice,
  type Notice,
  type NoticeStatus,
  resolutionNotice,
  statusNotice,
  withoutBraces,
} from './templates.ts'

export type Audience = Extract<Effect, { kind: 'announce' }>['audiences'][number]

/** Written to as soon as the incident has this severity (I1.1: notify management, notify the team). */
export const AT_ONCE: Readonly<Record<Severity, readonly Audience[]>> = {
  critical: ['ops', 'management'],
  high: ['ops', 'management'],
  medium: ['ops'],
  low: [],
}

/** Names in the clock under which it stands when an audience was first told. */
const TOLD: Readonly<Record<Audience, string>> = {
  ops: 'told:ops',
  management: 'told:management',
  stakeholders: 'told:stakeholders',
}

export function wasTold({ clock }: Incident, audience: Audience): boolean {
  return clock[TOLD[audience]] !== undefined
}

/** Whoever was told that it is over has to be told that it is not. */
export function announceAgain(step: Step, context: RuleContext): Step {
  const told: readonly string[] = Object.values(TOLD)
  const clock = Object.fromEntries(Object.entries(step.incident.clock).filter(([name]) => !told.includes(name)))
  return announceStart(changed(step, { clock }), AT_ONCE[step.incident.severity], context)
}

/** I3.1 to those of them who have not had it. */
export function announceStart(step: Step, audiences: readonly Audience[], context: RuleContext): Step {
  const fresh = audiences.filter(audience => !wasTold(step.incident, audience))
  if (fresh.length === 0) return step
  const told = fresh.reduce((next, audience) => marked(next, TOLD[audience], context.now), step)
  return announced(told, startNotice(step.incident, context), fresh, context)
}

/** I3.2 to everybody who knows of the incident; whoever ought to and does not gets I3.1 before it. Throws OpsError on empty fields. */
export function announceStatus(
  step: Step,
  said: { readonly findings: string; readonly actions: string; readonly expectedResolution: string },
  context: RuleContext,
): Step {
  const { severity, status } = step.incident
  const nextUpdate = `within ${minutesInWords(SEVERITY_RULES[severity].updateMinutes)}`
  const notice = statusNotice({ status: statusWord(status), nextUpdate, ...said })
  const audiences = followers(severity)
  return announced(announceStart(step, audiences, context), notice, audiences, context)
}

/** I3.3 to everybody who was told of the incident. */
export function announceEnd(step: Step, cause: string, resolution: string, context: RuleContext): Step {
  const audiences = (['ops', 'management', 'stakeholders'] as const).filter(audience =>
    wasTold(step.incident, audience),
  )
  return announced(step, endNotice(step.incident, cause, resolution, context), audiences, context)
}

/** I3.2, the last one of a duplicate, to everybody who was told of it: from here on they hear of the other one. `before`: as it was. */
export function announceGoingOn(step: Step, before: Incident, survivor: string, context: RuleContext): Step {
  const audiences = (['ops', 'management', 'stakeholders'] as const).filter(audience => wasTold(before, audience))
  if (audiences.length === 0) return step
  const notice = statusNotice({
    status: statusWord(before.status),
    findings: `${nameOf(before)} (${withoutBraces(before.title)}) is the same as ${survivor}`,
    actions: `it goes on as ${survivor}`,
    expectedResolution: `that of ${survivor}`,
    nextUpdate: `with ${survivor}`,
  })
  return announced(step, notice, audiences, context)
}

/** A private word to those who asked to be kept informed, except to whoever did it. */
export function tellSubscribers(step: Step, text: string, except: PersonId | null): Step {
  const people = step.incident.subscribers.filter(person => person !== except)
  return asked(
    step,
    ...people.map((person): Effect => ({ kind: 'tell', key: keyFor(step, 'tell', person), person, text })),
  )
}

/** The same of what they hear of by a later rule; `except` have heard of it already. */
export function keepInformed(
  step: Step,
  text: string,
  except: readonly (PersonId | null)[],
  context: RuleContext,
): Step {
  const people = step.incident.subscribers.filter(person => !except.includes(person))
  if (people.length === 0 || !goesBy('subscribers-hear-of-every-change', context)) return step
  return asked(step, ...people.map(person => tell(step, person, text)))
}

/** The last local day on which the post-mortem may take place; once that has passed, the next business day. */
export function lastReviewDay(incident: Pick<Incident, 'resolvedAt'>, { team, now }: RuleContext): string {
  const today = localMoment(now, team.timezone).day
  const resolved = incident.resolvedAt === null ? today : localMoment(incident.resolvedAt, team.timezone).day
  const last = addBusinessDays(resolved, REVIEW_BUSINESS_DAYS, team)
  return last >= today ? last : nextBusinessDay(today, team)
}

/** Who hears of every change of its status. */
function followers(severity: Severity): readonly Audience[] {
  const { stakeholderMinutes } = SEVERITY_RULES[severity]
  return stakeholderMinutes === null ? AT_ONCE[severity] : [...AT_ONCE[severity], 'stakeholders']
}

/** Without an address there is no mail: then it only stands below the card. */
function announced(step: Step, notice: Notice, audiences: readonly Audience[], { team, now }: RuleContext): Step {
  const { subject, text } = notice
  const reachable = audiences.filter(audience => team.audiences[audience].length > 0)
  if (reachable.length === 0) {
    return asked(step, {
      kind: 'post',
      key: keyFor(step, 'notice', subject),
      text: `${subject}\n${text}`,
      mention: 'none',
    })
  }
  const told = logged(step, now, OPS, 'announcing', `"${subject}" goes to ${reachable.join(', ')}`)
  return asked(told, { kind: 'announce', key: keyFor(told, 'announce'), audiences: reachable, subject, text })
}

function startNotice(incident: Incident, { team, now }: RuleContext): Notice {
  const { severity, title, startedAt, impact } = incident
  return initialNotice({
    severity,
    title: withoutBraces(title),
    startTime: localTime(startedAt, team.timezone),
    affectedSystems: systemsOf(incident),
    impact: withoutBraces(impact ?? 'not known yet, being assessed'),
    nextUpdate: minutesInWords(SEVERITY_RULES[severity].updateMinutes),
    onCall: onCallWords(incident, team, now),
  })
}

function endNotice(incident: Incident, rootCause: string, resolution: string, context: RuleContext): Notice {
  const { title, startedAt, impact, followUps, review } = incident
  const day = `to be set, at the latest on ${lastReviewDay(incident, context)}`
  const due = followUps.filter(({ doneAt }) => doneAt === null).map(followUp => followUp.due)
  return resolutionNotice({
    title: withoutBraces(title),
    rootCause: withoutBraces(rootCause),
    resolution: withoutBraces(resolution),
    duration: formatSpan(startedAt, context.now),
    impact: withoutBraces(impact === null ? systemsOf(incident) : `${impact} (${systemsOf(incident)})`),
    prevention: followUpWords(followUps, 'prevention'),
    monitoring: followUpWords(followUps, 'monitoring'),
    completion: due.toSorted().at(-1) ?? 'nothing is open',
    postmortem: withoutBraces(review.at ?? (needsReview(incident) ? day : 'not required for this severity')),
  })
}

function systemsOf({ systems }: Incident): string {
  return systems.length === 0 ? 'OpenCode ACP, all hosts' : withoutBraces(systems.join(', '))
}

function onCallWords({ acknowledged, roles }: Incident, team: Team, now: string): string {
  const person = acknowledged?.by ?? roles.commander ?? onCallNow(team, now)[0]?.person
  return person === undefined ? 'nobody is on call' : withoutBraces(personName(team, person))
}

function followUpWords(followUps: readonly FollowUp[], kind: FollowUp['kind']): string {
  const titles = followUps
    .filter(followUp => followUp.kind === kind)
    .map(({ title, owner, due }) => `${title} (${owner}, ${due})`)
  return titles.length === 0 ? `no ${kind} agreed yet` : withoutBraces(titles.join('; '))
}

/** The manual knows nothing before "Investigating". */
function statusWord(status: IncidentStatus): NoticeStatus {
  switch (status) {
    case 'declared':
    case 'investigating':
      return 'Investigating'
    case 'identified':
      return 'Identified'
    case 'resolving':
      return 'Resolving'
    case 'resolved':
    case 'closed':
      return 'Resolved'
  }
}
