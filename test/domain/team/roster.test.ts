/** Who is on call when: rotations, hand-over hours, clocks that are put forward and back, stand-ins. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { everybodyOnRoster, nextHandover, nextShiftEnd, onCall, onCallNow } from '../../../domain/team/roster.ts'
import type { PersonId, Roster, Team } from '../../../domain/team/team.ts'
import { sandboxTeam } from '../incident/sample-incident.ts'

const ana = 'ana' as PersonId
const ben = 'ben' as PersonId
const cy = 'cy' as PersonId
const dee = 'dee' as PersonId

/** Monday, 2 November 2026. */
const START = '2026-11-02'

function teamWith(roster: Partial<Roster>, timezone = 'Europe/Berlin'): Team {
  const base: Roster = {
    handoverHour: 9,
    tiers: [
      { name: 'first', rotation: [ana, ben], days: 7, start: START },
      { name: 'second', rotation: [cy], days: 7, start: START },
    ],
    overrides: [],
  }
  return sandboxTeam({ timezone, roster: { ...base, ...roster } })
}

for (const [title, at, expected] of [
  ['before the rotation begins', '2026-11-02T07:59:59Z', null],
  ['when it begins', '2026-11-02T08:00:00Z', ana],
  ['a second before the hand-over', '2026-11-09T07:59:59Z', ana],
  ['at the hand-over', '2026-11-09T08:00:00Z', ben],
  ['after one round', '2026-11-16T08:00:00Z', ana],
  ['157 weeks later', '2029-11-05T08:00:00Z', ben],
] as const) {
  test(`${title}: ${expected}`, () => assert.equal(onCall(teamWith({}), 0, at), expected))
}

test('a tier that is not there has nobody', () => assert.equal(onCall(teamWith({}), 2, '2026-11-09T08:00:00Z'), null))

for (const [title, at, expected] of [
  ['the hand-over is at 09:00 of summer, too', '2026-03-29T06:59:59Z', '2026-03-29T07:00:00.000Z'],
  ['and of winter', '2026-10-25T07:59:59Z', '2026-10-25T08:00:00.000Z'],
] as const) {
  test(title, () => {
    const tiers = [{ name: 'first', rotation: [ana, ben], days: 1, start: '2026-01-01' }]
    const team = teamWith({ tiers })
    assert.equal(nextHandover(team, at), expected)
    assert.notEqual(onCall(team, 0, at), onCall(team, 0, expected))
  })
}

const STAND_IN = {
  tier: 'second',
  person: dee,
  from: '2026-11-10T08:00:00Z',
  until: '2026-11-10T09:00:00Z',
  reason: 'dentist',
}

for (const [title, person, at, expected] of [
  ['of who is on call', ana, '2026-11-03T12:00:00Z', '2026-11-09T08:00:00.000Z'],
  ['of who is not: that of the next one', ben, '2026-11-03T12:00:00Z', '2026-11-16T08:00:00.000Z'],
  ['at its very end: the next one', ana, '2026-11-09T08:00:00Z', '2026-11-23T08:00:00.000Z'],
  ['while somebody stands in', cy, '2026-11-03T12:00:00Z', '2026-11-10T08:00:00.000Z'],
  ['of who stands in', dee, '2026-11-03T12:00:00Z', '2026-11-10T09:00:00.000Z'],
  ['of who has stood in', dee, '2026-11-10T09:00:00Z', null],
  ['of who has a tier alone', cy, '2026-11-10T09:00:00Z', null],
  ['of somebody unknown', 'eve' as PersonId, '2026-11-03T12:00:00Z', null],
] as const) {
  test(`the end of a shift, ${title}: ${expected}`, () =>
    assert.equal(nextShiftEnd(teamWith({ overrides: [STAND_IN] }), person, at), expected))
}

test('without a roster no shift ends', () =>
  assert.equal(nextShiftEnd(sandboxTeam({ roster: null }), ana, '2026-11-03T12:00:00Z'), null))

test('a hand-over hour that is skipped comes when the clocks are put forward; one that comes twice, the first time', () => {
  const tiers = [{ name: 'first', rotation: [ana, ben], days: 1, start: '2026-01-01' }]
  const team = teamWith({ tiers, handoverHour: 2 })
  assert.equal(nextHandover(team, '2026-03-28T12:00:00Z'), '2026-03-29T01:00:00.000Z')
  assert.equal(nextHandover(team, '2026-10-24T12:00:00Z'), '2026-10-25T00:00:00.000Z')
})

const SWAP = [
  { tier: 'first', person: cy, from: '2026-11-03T00:00:00Z', until: '2026-11-05T00:00:00Z', reason: 'ana is away' },
  { tier: 'first', person: dee, from: '2026-11-04T00:00:00Z', until: '2026-11-04T12:00:00Z', reason: 'cy is away' },
  { tier: 'second', person: ana, from: '2026-11-03T00:00:00Z', until: '2026-11-05T00:00:00Z', reason: 'swap with cy' },
]

for (const [at, first, second] of [
  ['2026-11-02T23:59:59Z', ana, cy],
  ['2026-11-03T00:00:00Z', cy, ana],
  ['2026-11-04T00:00:00Z', dee, ana],
  ['2026-11-04T12:00:00Z', cy, ana],
  ['2026-11-05T00:00:00Z', ana, cy],
] as const) {
  test(`with stand-ins and a swap, ${at}: ${first}, then ${second}`, () => {
    const now = onCallNow(teamWith({ overrides: SWAP }), at)
    assert.deepEqual(now, [
      { tier: 'first', person: first },
      { tier: 'second', person: second },
    ])
  })
}

test('hand-overs follow stand-ins and pass over what changes nothing', () => {
  const team = teamWith({ overrides: SWAP })
  const moments: string[] = []
  for (let at: string | null = '2026-11-02T09:00:00.000Z'; at !== null && moments.length < 6; ) {
    at = nextHandover(team, at)
    if (at !== null) moments.push(at)
  }
  assert.deepEqual(moments, [
    '2026-11-03T00:00:00.000Z',
    '2026-11-04T00:00:00.000Z',
    '2026-11-04T12:00:00.000Z',
    '2026-11-05T00:00:00.000Z',
    '2026-11-09T08:00:00.000Z',
    '2026-11-16T08:00:00.000Z',
  ])
})

test('a roster of one person never hands over', () => {
  const tiers = [{ name: 'first', rotation: [ana], days: 1, start: START }]
  assert.equal(nextHandover(teamWith({ tiers }), '2026-11-03T00:00:00Z'), null)
  assert.equal(nextHandover(teamWith({ tiers }), '2026-10-30T00:00:00Z'), '2026-11-02T08:00:00.000Z')
})

test('without a roster the responders are on call', () => {
  const team = sandboxTeam({ roster: null })
  assert.deepEqual(
    onCallNow(team, '2026-11-03T00:00:00Z').map(({ person }) => person),
    [ana, ben, cy],
  )
  assert.equal(nextHandover(team, '2026-11-03T00:00:00Z'), null)
  assert.deepEqual(onCallNow(sandboxTeam({ roster: null, groups: {} }), '2026-11-03T00:00:00Z'), [])
})

test('all hands are everybody once, those on call first', () => {
  assert.deepEqual(everybodyOnRoster(teamWith({}), '2026-11-10T00:00:00Z'), [ben, cy, ana])
})

test('between two hand-overs it is always the same person, in any zone, at any hour', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC', 'Africa/Cairo']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 1, max: 9 }),
      fc.date({ min: new Date('2026-01-02T00:00:00Z'), max: new Date('2030-01-01T00:00:00Z'), noInvalidDate: true }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (timezone, handoverHour, days, date, share) => {
        const tiers = [{ name: 'first', rotation: [ana, ben, cy], days, start: '2025-12-01' }]
        const team = teamWith({ tiers, handoverHour }, timezone)
        const at = date.toISOString()
        const next = nextHandover(team, at)
        assert.ok(next !== null && next > at)
        const between = new Date(date.getTime() + Math.floor((Date.parse(next) - date.getTime()) * share)).toISOString()
        assert.equal(onCall(team, 0, between), onCall(team, 0, at))
        assert.notEqual(onCall(team, 0, next), onCall(team, 0, at))
      },
    ),
    { numRuns: 300 },
  )
})
