/** Business days and office hours of the estate (I1.1 "next day", A2.3, I2.4a): weekends and the team's holidays are none. */
import type { Team } from './team.ts'
import { addDays, localMoment, momentOf } from './zone.ts'

export type BusinessTime = Pick<Team, 'timezone' | 'holidays' | 'officeHours'>

/** When the day's work begins: reviews and reminders come then. */
export const MORNING_HOUR = 9

/** A calendar without a single business day in a year is a mistake; work then goes on as if there were no holidays. */
const LONGEST_BREAK_DAYS = 366

export function isBusinessDay(day: string, { holidays }: Pick<Team, 'holidays'>): boolean {
  return isWeekday(day) && !holidays.includes(day)
}

function isWeekday(day: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday !== 0 && weekday !== 6
}

/** The first business day after `day`. */
export function nextBusinessDay(day: string, calendar: Pick<Team, 'holidays'>): string {
  for (let days = 1; days <= LONGEST_BREAK_DAYS; days += 1) {
    const candidate = addDays(day, days)
    if (isBusinessDay(candidate, calendar)) return candidate
  }
  return nextBusinessDay(day, { holidays: [] })
}

/** The day that is this many business days after `day`; the day itself does not count. */
export function addBusinessDays(day: string, count: number, calendar: Pick<Team, 'holidays'>): string {
  let found = day
  for (let passed = 0; passed < count; passed += 1) found = nextBusinessDay(found, calendar)
  return found
}

/** 09:00 local on the first business day after the local day of `at`, ISO. */
export function nextBusinessMorning(at: string, calendar: BusinessTime): string {
  const { day } = localMoment(at, calendar.timezone)
  return opening(nextBusinessDay(day, calendar), MORNING_HOUR, calendar)
}

/** The first 09:00 local of a business day that is later than `at`, ISO; it may be on the same day. */
export function nextMorning(at: string, calendar: BusinessTime): string {
  const { day } = localMoment(at, calendar.timezone)
  const today = opening(day, MORNING_HOUR, calendar)
  return isBusinessDay(day, calendar) && today > isoOf(at) ? today : nextBusinessMorning(at, calendar)
}

/** Whether Low and Medium may make a noise at this moment. */
export function isOfficeTime(at: string, calendar: BusinessTime): boolean {
  const { day, hour } = localMoment(at, calendar.timezone)
  const { from, until } = calendar.officeHours
  return isBusinessDay(day, calendar) && hour >= from && hour < until
}

/** `at` itself within office hours, else the moment at which they begin again. */
export function officeTime(at: string, calendar: BusinessTime): string {
  const { day, hour } = localMoment(at, calendar.timezone)
  if (isOfficeTime(at, calendar)) return isoOf(at)
  const { from } = calendar.officeHours
  const isBefore = isBusinessDay(day, calendar) && hour < from
  return opening(isBefore ? day : nextBusinessDay(day, calendar), from, calendar)
}

function opening(day: string, hour: number, { timezone }: Pick<Team, 'timezone'>): string {
  return momentOf({ day, hour, minute: 0 }, timezone)
}

/** In the one form in which ISO times can be compared as text. */
function isoOf(at: string): string {
  return new Date(at).toISOString()
}
