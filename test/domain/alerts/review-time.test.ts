import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextReview } from '../../../domain/alerts/review-time.ts'

for (const [after, timezone, holidays, review] of [
  ['2026-11-23T10:00:00Z', 'UTC', [], '2026-11-24T09:00:00.000Z'],
  ['2026-11-23T03:00:00Z', 'UTC', [], '2026-11-23T09:00:00.000Z'],
  ['2026-11-23T09:00:00Z', 'UTC', [], '2026-11-24T09:00:00.000Z'],
  ['2026-11-27T17:00:00Z', 'UTC', [], '2026-11-30T09:00:00.000Z'],
  ['2026-12-24T10:00:00Z', 'UTC', ['2026-12-25'], '2026-12-28T09:00:00.000Z'],
  // It is Tuesday already there.
  ['2026-11-23T23:30:00Z', 'Europe/Berlin', [], '2026-11-24T08:00:00.000Z'],
  // Over both changes of the clocks.
  ['2026-03-27T18:00:00Z', 'Europe/Berlin', [], '2026-03-30T07:00:00.000Z'],
  ['2026-10-23T18:00:00Z', 'Europe/Berlin', [], '2026-10-26T08:00:00.000Z'],
  ['2026-11-23T22:00:00Z', 'America/New_York', [], '2026-11-24T14:00:00.000Z'],
] as const) {
  test(`a warning of ${after} in ${timezone} is reviewed at ${review}`, () => {
    assert.equal(nextReview(after, { timezone, holidays }), review)
  })
}

test('a review is always later, at 09:00 of a local working day, and never a week away without holidays', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland')
  const times = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2028-01-01') })
  fc.assert(
    fc.property(times, zones, (time, timezone) => {
      const after = new Date(time).toISOString()
      const review = nextReview(after, { timezone, holidays: [] })
      const local = new Intl.DateTimeFormat('en-GB', {
        timeZone: timezone,
        weekday: 'short',
        timeStyle: undefined,
        hour: '2-digit',
        minute: '2-digit',
      }).format(new Date(review))
      assert.match(local, /^(Mon|Tue|Wed|Thu|Fri),? 09:00$/)
      assert.ok(Date.parse(review) > time && Date.parse(review) - time < 4 * 86_400_000)
    }),
  )
})
