import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DailyValue, Measurement } from '../../domain/measurements.ts'
import { MANUAL_THRESHOLDS } from '../../domain/thresholds.ts'
import { judgeTrend, trendRows, weekMedians } from '../../domain/trends.ts'

const days = (metric: string, values: readonly number[]): readonly DailyValue[] =>
  values.map((value, index) => ({ target: 'alpha', metric, day: `2026-11-${16 + index}`, value }))

const today = (metric: string, value: number): Measurement => ({ target: 'alpha', metric, unit: 'ms', value, n: 20 })

test('the median of a week is by nearest rank, per target and metric', () => {
  const weeks = weekMedians([...days('a', [3, 1, 2]), ...days('b', [5])])
  assert.deepEqual(weeks, [
    { target: 'alpha', metric: 'a', median: 2, days: 3 },
    { target: 'alpha', metric: 'b', median: 5, days: 1 },
  ])
})

const cases = [
  { title: 'first days', week: [100, 100, 100, 100], value: 900, expected: 'skipped' },
  { title: 'a quiet week', week: [100, 110, 90, 100, 100], value: 120, expected: 'ok' },
  { title: 'doubled, but below what anybody notices', week: [10, 10, 10, 10, 10], value: 25, expected: 'ok' },
  { title: 'grown out of its week', week: [100, 110, 90, 100, 100], value: 350, expected: 'warn' },
  { title: 'fallen', week: [300, 300, 300, 300, 300], value: 10, expected: 'ok' },
] as const

for (const { title, week, value, expected } of cases) {
  test(`${title}: ${expected}`, () => {
    const rows = trendRows([today('a', value)], weekMedians(days('a', week)))
    assert.equal(judgeTrend('alpha', rows, MANUAL_THRESHOLDS).verdict, expected)
  })
}
