/** Today's numbers beside the median of the last seven days: growth that no single limit shows (D1.5b). */
import type { Finding } from './findings.ts'
import { finding, round } from './health/judge.ts'
import type { DailyValue, Measurement, TrendRow, WeekMedian } from './measurements.ts'
import { nearestRank } from './percentiles.ts'
import type { Thresholds } from './thresholds.ts'

/** The median of each metric of each target over the days given. */
export function weekMedians(days: readonly DailyValue[]): readonly WeekMedian[] {
  const groups = new Map<string, DailyValue[]>()
  for (const value of days) {
    const key = `${value.target} ${value.metric}`
    groups.set(key, [...(groups.get(key) ?? []), value])
  }
  return [...groups.values()].flatMap(values => {
    const median = nearestRank(
      values.map(({ value }) => value),
      50,
    )
    const first = values[0]
    return median === null || first === undefined
      ? []
      : [{ target: first.target, metric: first.metric, median, days: values.length }]
  })
}

export function trendRows(today: readonly Measurement[], weeks: readonly WeekMedian[]): readonly TrendRow[] {
  return today.map(measurement => {
    const week = weeks.find(({ target, metric }) => target === measurement.target && metric === measurement.metric)
    const median = week?.median ?? null
    const changePercent = median === null || median === 0 ? null : (100 * (measurement.value - median)) / median
    return { ...measurement, median, days: week?.days ?? 0, changePercent }
  })
}

/** Below these, growth is noise whatever its percentage says. */
const FLOORS: Readonly<Record<TrendRow['unit'], number>> = {
  ms: 100,
  percent: 5,
  bytes: 200_000_000,
  count: 20,
  seconds: 5,
}

/** One finding per target: a warning that names each metric that grew out of its week. */
export function judgeTrend(target: string, rows: readonly TrendRow[], thresholds: Thresholds): Finding {
  const subject = { id: 'trend', target, manualId: 'D1.5b' }
  const own = rows.filter(row => row.target === target)
  const known = own.filter(row => row.days >= thresholds.anomalyDays)
  if (known.length === 0) {
    const days = Math.max(0, ...own.map(row => row.days))
    return finding(subject, 'skipped', `no trend yet: ${days} of ${thresholds.anomalyDays} days are known`, { days })
  }
  const grown = known.filter(
    ({ changePercent, value, median, unit }) =>
      changePercent !== null && changePercent > thresholds.anomalyPercent && value - (median ?? 0) > FLOORS[unit],
  )
  const words = grown.map(row => `${row.metric} ${round(row.value)} against ${round(row.median ?? 0)}`)
  if (words.length === 0) return finding(subject, 'ok', `${known.length} metrics are near their 7-day median`)
  return finding(
    subject,
    'warn',
    `grown out of the week: ${words.join(', ')}`,
    { metrics: words },
    'Compare with what changed on this host since the last quiet day.',
  )
}
