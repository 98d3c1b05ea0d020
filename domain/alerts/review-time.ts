/** When a warning is looked into: 09:00 of a business day in the estate's zone (A2.3). */
import { localDay } from '../calendar.ts'

export interface BusinessDays {
  /** IANA zone. */
  readonly timezone: string
  /** Local days without work, YYYY-MM-DD. */
  readonly holidays: readonly string[]
}

const DAY_MS = 86_400_000
const REVIEW_HOUR = 9

/** The first 09:00 of a business day after this time, ISO: in the night to a Monday that is the same Monday. */
export function nextReview(after: string, { timezone, holidays }: BusinessDays): string {
  // Noon is on the same date whatever the clocks were put to that night.
  let noon = Date.parse(`${localDay(after, timezone)}T12:00:00Z`)
  for (;;) {
    const day = new Date(noon).toISOString().slice(0, 10)
    const at = localHour(day, REVIEW_HOUR, timezone)
    if (isBusinessDay(noon, day, holidays) && Date.parse(at) > Date.parse(after)) return at
    noon += DAY_MS
  }
}

function isBusinessDay(noon: number, day: string, holidays: readonly string[]): boolean {
  const weekday = new Date(noon).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !holidays.includes(day)
}

/** The ISO time of a full local hour. */
function localHour(day: string, hour: number, timezone: string): string {
  const wanted = Date.parse(`${day}T${String(hour).padStart(2, '0')}:00:00Z`)
  // The zone's distance at the first guess may be that of the other side of a clock change; at the second it is right.
  const guess = wanted - offset(wanted, timezone)
  return new Date(wanted - offset(guess, timezone)).toISOString()
}

/** How far the zone's clocks are ahead of UTC at this moment, milliseconds. */
function offset(time: number, timezone: string): number {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' }).format(
    new Date(time),
  )
  return Date.parse(`${text.replace(' ', 'T')}Z`) - time
}
