/** Local days and hours of an IANA zone, and back to moments: right on the days on which clocks are put forward or back. */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface LocalMoment {
  /** YYYY-MM-DD. */
  readonly day: string
  readonly hour: number
  readonly minute: number
}

/** Making a format costs a hundred times what using it does. */
const FORMATS = new Map<string, Intl.DateTimeFormat>()

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(timezone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' })
  FORMATS.set(timezone, format)
  return format
}

/** What a clock on the wall reads at a time in milliseconds, as if it were UTC. */
function wall(time: number, timezone: string): number {
  return Date.parse(`${formatOf(timezone).format(time).replace(' ', 'T')}Z`)
}

export function localMoment(iso: string, timezone: string): LocalMoment {
  const text = formatOf(timezone).format(Date.parse(iso))
  return { day: text.slice(0, 10), hour: Number(text.slice(11, 13)), minute: Number(text.slice(14, 16)) }
}

/**
 * The ISO moment of a local time. Of an hour that comes twice it is the first one; of one that is skipped, the moment at
 * which the clocks are put forward, or as long after it as the time lies within the gap.
 */
export function momentOf({ day, hour, minute }: LocalMoment, timezone: string): string {
  const wanted = Date.parse(`${day}T00:00:00Z`) + hour * HOUR_MS + minute * 60_000
  // A day to either side there is no change that this one has as well.
  const before = wall(wanted - DAY_MS, timezone) - (wanted - DAY_MS)
  const after = wall(wanted + DAY_MS, timezone) - (wanted + DAY_MS)
  const fits = [wanted - before, wanted - after].filter(time => wall(time, timezone) === wanted)
  return new Date(fits.length === 0 ? wanted - before : Math.min(...fits)).toISOString()
}

/** A local day some days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** How many days `to` is after `from`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS)
}

/** A day of the calendar as YYYY-MM-DD; the 30th of February is none. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** Reads `2026-11-30 14:00`, also with a T between; null for anything else. */
export function parseLocalMoment(text: string): LocalMoment | null {
  const [, day = '', hour = '', minute = ''] = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})$/.exec(text.trim()) ?? []
  if (!isDay(day) || Number(hour) > 23 || Number(minute) > 59) return null
  return { day, hour: Number(hour), minute: Number(minute) }
}
