/** Mean times to acknowledge and to resolve (MTTA, MTTR) per month, from the timelines in the ledger. */
import { localDay } from '../calendar.ts'
import type { IncidentRow } from '../ledger.ts'

export interface MonthlyTimes {
  /** YYYY-MM of the start. */
  readonly month: string
  /** Duplicates and false alarms are none. */
  readonly incidents: number
  readonly acknowledged: number
  readonly resolved: number
  /** Minutes from the start to the first acknowledgement; null when there was none. */
  readonly mttaMinutes: number | null
  /** Minutes from the start to the last resolution that was not taken back by a reopening; null when there was none. */
  readonly mttrMinutes: number | null
}

/** Oldest month first, in the estate's zone. Rows may come in any order, and of kinds that count for nothing. */
export function monthlyTimes(rows: readonly IncidentRow[], timezone: string = 'UTC'): readonly MonthlyTimes[] {
  const spans = [...Map.groupBy(rows, ({ incident }) => incident).values()].flatMap(own => spanOf(own) ?? [])
  const months = Map.groupBy(spans, ({ startedAt }) => localDay(startedAt, timezone).slice(0, 7))
  return [...months]
    .map(([month, own]): MonthlyTimes => {
      const acknowledged = own.flatMap(({ startedAt, acknowledgedAt }) => minutes(startedAt, acknowledgedAt))
      const resolved = own.flatMap(({ startedAt, resolvedAt }) => minutes(startedAt, resolvedAt))
      return {
        month,
        incidents: own.length,
        acknowledged: acknowledged.length,
        resolved: resolved.length,
        mttaMinutes: mean(acknowledged),
        mttrMinutes: mean(resolved),
      }
    })
    .toSorted((a, b) => a.month.localeCompare(b.month))
}

interface Span {
  readonly startedAt: string
  readonly acknowledgedAt: string | null
  readonly resolvedAt: string | null
}

function spanOf(rows: readonly IncidentRow[]): Span | null {
  const told = rows.toSorted((a, b) => a.entry - b.entry)
  const [first] = told
  const last = (...kinds: readonly string[]) => told.findLast(({ kind }) => kinds.includes(kind))
  const end = last('resolved', 'reopened', 'merged', 'false-alarm')
  if (first === undefined || end?.kind === 'merged' || end?.kind === 'false-alarm') return null
  return {
    startedAt: first.startedAt,
    acknowledgedAt: told.find(({ kind }) => kind === 'acknowledged')?.at ?? null,
    resolvedAt: end?.kind === 'resolved' ? end.at : null,
  }
}

function minutes(from: string, to: string | null): readonly number[] {
  return to === null ? [] : [(Date.parse(to) - Date.parse(from)) / 60_000]
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
