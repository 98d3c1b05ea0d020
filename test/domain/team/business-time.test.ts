/** Business days, office hours and local times around weekends, holidays and clock changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addBusinessDays,
  isOfficeTime,
  nextBusinessMorning,
  nextMorning,
  officeTime,
} from '../../../domain/team/business-time.ts'
import { isDay, localMoment, momentOf, parseLocalMoment } from '../../../domain/team/zone.ts'

const BERLIN = {
  timezone: 'Europe/Berlin',
  holidays: ['2026-12-25', '2026-12-26', '2027-01-01'],
  officeHours: { from: 8, until: 17 },
}

for (const [at, expected] of [
  ['2026-11-23T03:00:00Z', '2026-11-24T08:00:00.000Z'],
  ['2026-11-23T20:00:00Z', '2026-11-24T08:00:00.000Z'],
  ['2026-11-27T10:00:00Z', '2026-11-30T08:00:00.000Z'],
  ['2026-12-24T10:00:00Z', '2026-12-28T08:00:00.000Z'],
  ['2026-03-27T10:00:00Z', '2026-03-30T07:00:00.000Z'],
] as const) {
  test(`the next business morning after ${at} is ${expected}`, () =>
    assert.equal(nextBusinessMorning(at, BERLIN), expected))
}

for (const [at, expected] of [
  ['2026-11-23T03:00:00Z', '2026-11-23T08:00:00.000Z'],
  ['2026-11-23T08:00:00Z', '2026-11-24T08:00:00.000Z'],
  ['2026-11-28T03:00:00Z', '2026-11-30T08:00:00.000Z'],
] as const) {
  test(`the next 09:00 after ${at} is ${expected}`, () => assert.equal(nextMorning(at, BERLIN), expected))
}

for (const [at, is, expected] of [
  ['2026-11-23T06:59:59.000Z', false, '2026-11-23T07:00:00.000Z'],
  ['2026-11-23T07:00:00.000Z', true, '2026-11-23T07:00:00.000Z'],
  ['2026-11-23T15:59:59.000Z', true, '2026-11-23T15:59:59.000Z'],
  ['2026-11-23T16:00:00.000Z', false, '2026-11-24T07:00:00.000Z'],
  ['2026-11-29T12:00:00.000Z', false, '2026-11-30T07:00:00.000Z'],
  ['2026-12-25T12:00:00.000Z', false, '2026-12-28T07:00:00.000Z'],
] as const) {
  test(`${at} is ${is ? '' : 'not '}in office hours`, () => {
    assert.equal(isOfficeTime(at, BERLIN), is)
    assert.equal(officeTime(at, BERLIN), expected)
  })
}

for (const [day, count, expected] of [
  ['2026-11-23', 5, '2026-11-30'],
  ['2026-11-28', 1, '2026-11-30'],
  ['2026-12-23', 5, '2026-12-31'],
  ['2026-12-30', 3, '2027-01-05'],
] as const) {
  test(`${count} business days after ${day} is ${expected}`, () =>
    assert.equal(addBusinessDays(day, count, BERLIN), expected))
}

test('a calendar of holidays only still has mornings', () => {
  const holidays = Array.from({ length: 400 }, (_, index) =>
    new Date(Date.UTC(2026, 10, 1 + index)).toISOString().slice(0, 10),
  )
  assert.equal(nextBusinessMorning('2026-11-23T10:00:00Z', { ...BERLIN, holidays }), '2026-11-24T08:00:00.000Z')
})

for (const [text, expected] of [
  ['2026-11-30 14:00', { day: '2026-11-30', hour: 14, minute: 0 }],
  [' 2026-11-30T09:05 ', { day: '2026-11-30', hour: 9, minute: 5 }],
  ['2026-02-30 14:00', null],
  ['2026-11-30 24:00', null],
  ['tomorrow', null],
] as const) {
  test(`"${text}" is ${expected === null ? 'no' : 'a'} local time`, () =>
    assert.deepEqual(parseLocalMoment(text), expected))
}

test('days of the calendar', () => {
  assert.deepEqual(['2026-11-30', '2028-02-29', '2026-02-29', '2026-13-01', '26-1-1', ''].map(isDay), [
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})

test('from a moment to local time and back, in every zone; an hour that comes twice is the first', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC', 'Pacific/Apia']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(2024, 0, 1) / 60_000, max: Date.UTC(2030, 0, 1) / 60_000 }),
      (timezone, minutes) => {
        const at = new Date(minutes * 60_000).toISOString()
        const local = localMoment(at, timezone)
        const back = momentOf(local, timezone)
        assert.deepEqual(localMoment(back, timezone), local)
        assert.ok(back <= at)
      },
    ),
    { numRuns: 1_000 },
  )
})
