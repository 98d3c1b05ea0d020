import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summariseWeek, summaryText } from '../../../domain/alerts/weekly.ts'
import { alertEvent } from '../../../domain/alerts/words.ts'
import type { EventRow } from '../../../domain/ledger.ts'
import { alert, at, MONDAY } from './samples.ts'

const fired = (name: string, daysAgo: number): EventRow =>
  alertEvent(alert({ name, level: 'info', startsAt: at(-daysAgo * 1_440) }), false)
const times = (count: number, name: string, daysAgo: number) =>
  Array.from({ length: count }, () => fired(name, daysAgo))

test('each alert is counted beside the mean of the four weeks before', () => {
  const events = [
    ...times(3, 'ServiceRestarted', 1),
    ...times(4, 'ServiceRestarted', 8),
    ...times(6, 'Busy', 2),
    ...times(8, 'Busy', 20),
    ...times(1, 'Fresh', 0),
    ...times(4, 'Ended', 30),
    ...times(9, 'Ancient', 36),
    { id: 'n', kind: 'note', target: 'alpha', at: MONDAY, reason: 'Nothing info: of an alert', by: 'ana' } as const,
  ]
  assert.deepEqual(
    summariseWeek(events, MONDAY).map(({ name, count, mean, trend }) => [name, count, mean, trend]),
    [
      ['Busy', 6, 2, 'more'],
      ['ServiceRestarted', 3, 1, 'more'],
      ['Fresh', 1, 0, 'new'],
      ['Ended', 0, 1, 'gone'],
    ],
  )
})

test('a week is told in a few lines', () => {
  const text = summaryText(summariseWeek(times(2, 'Busy', 1), MONDAY), MONDAY, 'UTC')
  assert.equal(
    text,
    'Alerts of the week from 2026-11-16 to 2026-11-23 (A2.4):\n- Busy (info): 2, mean of 4 weeks 0.0, new',
  )
  assert.match(summaryText([], MONDAY, 'UTC'), /none\.$/)
})
