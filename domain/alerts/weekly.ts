/** How often each alert fired in a week, beside the four weeks before it (A2.4). */
import { localDay } from '../calendar.ts'
import type { EventRow } from '../ledger.ts'
import { eventAlert } from './words.ts'

export interface WeekLine {
  readonly name: string
  readonly level: string
  readonly count: number
  /** Of the four weeks before. */
  readonly mean: number
  readonly trend: 'new' | 'more' | 'fewer' | 'as usual' | 'gone'
}

const WEEK_MS = 7 * 86_400_000
const WEEKS_BEFORE = 4

/** How far back events are needed, milliseconds. */
export const SUMMARY_REACH_MS = (1 + WEEKS_BEFORE) * WEEK_MS

/** The most frequent first. `end` is the ISO time at which the week ends; what is older than five weeks does not count. */
export function summariseWeek(events: readonly EventRow[], end: string): readonly WeekLine[] {
  const counts = new Map<string, { name: string; level: string; now: number; before: number }>()
  for (const event of events) {
    const alert = eventAlert(event)
    const age = Date.parse(end) - Date.parse(event.at)
    if (alert === null || age < 0 || age >= SUMMARY_REACH_MS) continue
    const entry = counts.get(alert.name) ?? { ...alert, now: 0, before: 0 }
    if (age < WEEK_MS) entry.now += 1
    else entry.before += 1
    counts.set(alert.name, entry)
  }
  return [...counts.values()]
    .map(({ name, level, now, before }): WeekLine => {
      const mean = before / WEEKS_BEFORE
      return { name, level, count: now, mean, trend: trendOf(now, mean) }
    })
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

/** Twice or half of the mean: single alerts are few, and smaller differences are noise. */
function trendOf(count: number, mean: number): WeekLine['trend'] {
  if (mean === 0) return 'new'
  if (count === 0) return 'gone'
  if (count >= 2 * mean) return 'more'
  return count <= mean / 2 ? 'fewer' : 'as usual'
}

export function summaryText(lines: readonly WeekLine[], end: string, timezone: string): string {
  const first = localDay(new Date(Date.parse(end) - WEEK_MS).toISOString(), timezone)
  const head = `Alerts of the week from ${first} to ${localDay(end, timezone)} (A2.4)`
  if (lines.length === 0) return `${head}: none.`
  const rows = lines.map(
    ({ name, level, count, mean, trend }) =>
      `- ${name} (${level}): ${count}, mean of 4 weeks ${mean.toFixed(1)}, ${trend}`,
  )
  return [`${head}:`, ...rows].join('\n')
}
