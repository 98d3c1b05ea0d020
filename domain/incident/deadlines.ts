/** When something is due, from the state alone: counted from the start of the incident, so that another severity moves it there and back. */
import { nextBusinessMorning, officeTime } from '../team/business-time.ts'
import type { Team } from '../team/team.ts'
import type { Incident } from './incident.ts'
import { SEVERITY_RULES, type Severity } from './severity.ts'

/** Without a sign of activity for so long the holder is asked, where the team has set no other time. */
export const STALE_MINUTES = 60

/** Time to answer "are you still on it", or to accept what a shift leaves behind. */
export const ANSWER_MINUTES = 10

/** How long before a status update is due its author hears of it. */
export const UPDATE_NOTICE_MINUTES = 5

/** Mail takes its time: stakeholders are written to this long before they have to know. */
export const STAKEHOLDER_LEAD_MINUTES = 5

/** What is resolved although a critical alert fires is opened again when it still fires after this long. */
export const STILL_FIRING_MINUTES = 30

/** The manual's phases: investigation ends after an hour (I2.2), resolution after four (I2.3). */
export const INVESTIGATION_MINUTES = 60
export const FIX_TARGET_MINUTES = 240

/** A post-mortem takes place within so many business days of the resolution (I2.4a). */
export const REVIEW_BUSINESS_DAYS = 5

/** A follow-up that is overdue by more business days than this is brought before management. */
export const OVERDUE_BUSINESS_DAYS = 3

/** Name in the clock of the early word about an update. */
export const UPDATE_SOON = 'update-soon'

export function minutesAfter(iso: string, minutes: number): string {
  return new Date(Date.parse(iso) + minutes * 60_000).toISOString()
}

/** The moments that follow `base` by whole multiples of `minutes`: the first of them after `after`. */
export function nextOnGrid(base: string, minutes: number, after: string): string {
  const steps = Math.floor((Date.parse(after) - Date.parse(base)) / (minutes * 60_000)) + 1
  return minutesAfter(base, Math.max(1, steps) * minutes)
}

/** Until when somebody has to have acknowledged (I1.1). Low: 09:00 on the next business day. */
export function responseDeadline(incident: Pick<Incident, 'severity' | 'startedAt' | 'clock'>, team: Team): string {
  const { severity } = incident
  if (severity === 'low') return nextBusinessMorning(workBegan(incident), team)
  return minutesAfter(workBegan(incident), SEVERITY_RULES[severity].responseMinutes)
}

/** When the next status update is due (I3.2), from the last one or from the start. */
export function updateDeadline(incident: Pick<Incident, 'severity' | 'startedAt' | 'lastUpdateAt' | 'clock'>): string {
  const begun = workBegan(incident)
  const { lastUpdateAt, severity } = incident
  const base = lastUpdateAt !== null && lastUpdateAt > begun ? lastUpdateAt : begun
  return minutesAfter(base, SEVERITY_RULES[severity].updateMinutes)
}

/** Name in the clock under which a reopening is remembered. */
export const REOPENED = 'reopened'

/** Name in the clock under which it stands when it was resolved, for whoever looks whether its alerts stop. */
export const WATCHED = 'watched'

/** Name in the clock until when what still fires is silenced, for whoever looks then. */
export const SILENCED = 'silenced'

/** From when on people work on it: the start, or the last time that it was opened again. */
export function workBegan({ startedAt, clock }: Pick<Incident, 'startedAt' | 'clock'>): string {
  return clock[REOPENED] ?? startedAt
}

/** When the holder is asked whether they are still on it; null: nobody was woken, so nobody is asked. */
export function staleDeadline(severity: Severity, activeAt: string, { staleMinutes }: Pick<Team, 'staleMinutes'>) {
  return wakesPeople(severity) ? minutesAfter(activeAt, staleMinutes ?? STALE_MINUTES) : null
}

/** Medium and Low make a noise in office hours only. */
export function audibleTime({ severity }: Pick<Incident, 'severity'>, at: string, team: Team): string {
  return wakesPeople(severity) ? new Date(at).toISOString() : officeTime(at, team)
}

/** Whether people are rung at night for it. */
export function wakesPeople(severity: Severity): boolean {
  return SEVERITY_RULES[severity].escalateMinutes !== null
}

/** For people: `30 minutes`, `4 hours`. */
export function minutesInWords(minutes: number): string {
  if (minutes % 60 !== 0 || minutes < 120) return minutes === 60 ? '1 hour' : `${minutes} minutes`
  return `${minutes / 60} hours`
}
