/** Days and lateness. Time comes from the schedule, never from the clock. */

/** The local day of an ISO time in an IANA zone, YYYY-MM-DD. */
export function localDay(iso: string, timezone: string): string {
  // The Canadian form of a date is the ISO one.
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(new Date(iso))
}

/** Local date and time with the zone's name, for people. */
export function localTime(iso: string, timezone: string): string {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' }).format(
    new Date(iso),
  )
  return `${text} ${timezone}`
}

/** ISO time some hours before another. */
export function hoursBefore(iso: string, hours: number): string {
  return new Date(Date.parse(iso) - hours * 3_600_000).toISOString()
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** The length of `30m`, `3h`, `7d` or `4w`; NaN for anything else. */
export function durationMs(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  return Number(amount) * (UNIT_MS[unit] ?? Number.NaN)
}

/** Whether a start that was meant for `nominal` comes later than its catch-up window (`3h`, `30m`, `7d`) allows. */
export function isTooLate(nominal: string, now: string, window: string): boolean {
  const late = durationMs(window)
  if (Number.isNaN(late)) throw new RangeError(`not a window: ${window}`)
  return Date.parse(now) - Date.parse(nominal) > late
}
