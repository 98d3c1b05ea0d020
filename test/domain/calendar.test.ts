import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hoursBefore, isTooLate, localDay, localTime } from '../../domain/calendar.ts'

test('the day of a time depends on the zone', () => {
  assert.equal(localDay('2026-11-23T23:30:00Z', 'UTC'), '2026-11-23')
  assert.equal(localDay('2026-11-23T23:30:00Z', 'Europe/Berlin'), '2026-11-24')
  assert.equal(localTime('2026-11-23T23:30:00Z', 'Europe/Berlin'), '2026-11-24 00:30:00 Europe/Berlin')
  assert.equal(hoursBefore('2026-11-23T09:00:00.000Z', 24), '2026-11-22T09:00:00.000Z')
})

for (const [window, minutes, expected] of [
  ['30m', 30, false],
  ['30m', 31, true],
  ['3h', 179, false],
  ['3h', 181, true],
  ['7d', 10_079, false],
] as const) {
  test(`${minutes} minutes are ${expected ? '' : 'not '}too late for ${window}`, () => {
    const nominal = '2026-11-23T09:00:00Z'
    const now = new Date(Date.parse(nominal) + minutes * 60_000).toISOString()
    assert.equal(isTooLate(nominal, now, window), expected)
  })
}
