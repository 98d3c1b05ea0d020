/** What time alone makes due, duty by duty. Monday 23 November 2026, 10:00 in Berlin, is minute 0. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dutiesDue, nextDuty } from '../../../domain/incident/duties.ts'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { at, people, RESOLVE, ROOT_CAUSE, type Story, sandboxTeam, story } from './sample-incident.ts'

const SAID = { findings: 'a', actions: 'b', expectedResolution: 'c' }

/** Lines of the timeline since the last call, as `minute kind`. */
function lines(tale: Story, ...kinds: readonly string[]): readonly string[] {
  return tale.incident.timeline
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ at: when, kind, text }) => `${(Date.parse(when) - Date.parse(at(0))) / 60_000} ${kind} ${text}`)
}

test('the next tier after each interval, to the end of the roster and round again', () => {
  const tale = story({ severity: 'high' })
  tale.fresh('page')
  tale.until(at(61))
  assert.deepEqual(people(tale.fresh('page')), [cy, dee, ana, cy])
  const { tier, round, pagedAt, nextAt } = tale.incident.paging
  assert.deepEqual([tier, round, pagedAt, nextAt], [1, 1, at(60), at(75)])
})

test('a look that comes late rings once and keeps the grid', () => {
  const tale = story()
  tale.now = at(17)
  const { incident, effects } = dutiesDue(tale.incident, { now: tale.now, team: tale.team })
  assert.deepEqual(people(effects.filter(effect => effect.kind === 'page')), [cy])
  assert.equal(incident.paging.nextAt, at(20))
  assert.deepEqual(dutiesDue(incident, { now: tale.now, team: tale.team }).effects, [])
})

for (const [severity, expected] of [
  ['critical', at(15)],
  ['high', at(60)],
  ['medium', at(240)],
  ['low', '2026-11-24T08:00:00.000Z'],
] as const) {
  test(`${severity}: silence is named at ${expected}, and not when somebody has it`, () => {
    const tale = story({ severity })
    tale.until('2026-11-24T12:00:00.000Z')
    const [first, ...others] = tale.effects.filter(
      effect => effect.kind === 'post' && /no response in time/.test(effect.text),
    )
    assert.ok(first !== undefined)
    assert.deepEqual(others, [])
    assert.equal(tale.incident.clock.response, expected)
    const held = story({ severity })
    held.does(ana, { kind: 'acknowledge' })
    held.until('2026-11-24T12:00:00.000Z')
    assert.equal(held.incident.clock.response, undefined)
  })
}

test('stakeholders know within fifteen minutes of a critical one, within the hour of a high one, once', () => {
  for (const [severity, minute] of [
    ['critical', 10],
    ['high', 55],
  ] as const) {
    const tale = story({ severity })
    tale.fresh('announce')
    tale.until(at(minute - 1))
    assert.deepEqual(tale.fresh('announce'), [])
    tale.until(at(minute))
    const [notice] = tale.fresh('announce')
    assert.deepEqual(notice?.audiences, ['stakeholders'])
    assert.match(notice?.text ?? '', /Impact: not known yet, being assessed/)
    tale.until(at(300))
    assert.deepEqual(tale.fresh('announce'), [])
  }
})

test('status updates: a word before, the channel at the time, whoever is in charge a cadence later', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' }, { kind: 'role', role: 'communications', person: ben })
  tale.does(cy, { kind: 'role', role: 'commander', person: cy })
  tale.fresh('tell')
  tale.until(at(25))
  assert.deepEqual(people(tale.fresh('tell')), [ben])
  tale.until(at(30))
  assert.deepEqual(tale.fresh('post').at(-1)?.mention, { people: [ben] })
  tale.until(at(59))
  assert.deepEqual(tale.fresh('post'), [])
  tale.until(at(60))
  const overdue = tale.fresh('post').find(({ text }) => /overdue/.test(text))
  assert.deepEqual(overdue?.mention, { people: [ben, cy] })
  tale.does(ben, { kind: 'status', status: 'identified', ...SAID })
  tale.fresh('tell')
  tale.until(at(84))
  assert.deepEqual(tale.fresh('tell'), [])
  tale.until(at(90))
  assert.match(tale.fresh('post').at(-1)?.text ?? '', /a status update is due/)
})

test("without a sign of activity the holder is asked, and ten minutes later it is nobody's", () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' })
  tale.now = at(30)
  tale.does(ben, { kind: 'note', text: 'I look at the disk' })
  tale.until(at(89))
  assert.equal(tale.incident.acknowledged?.askedAt, null)
  tale.until(at(90))
  assert.equal(tale.incident.acknowledged?.askedAt, at(90))
  tale.fresh('page')
  tale.until(at(99))
  assert.deepEqual(tale.fresh('page'), [])
  tale.until(at(100))
  assert.equal(tale.incident.acknowledged, null)
  assert.deepEqual(people(tale.fresh('page')), [ana])
  assert.equal(tale.incident.paging.nextAt, at(105))
  assert.equal(tale.incident.respondedAt, at(0))
})

test('to follow it, and what a program says in the name of somebody, is no sign of activity', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' })
  tale.until(at(59))
  tale.does(cy, { kind: 'subscribe' }, { kind: 'unsubscribe' })
  tale.does(ben, { kind: 'note', text: 'changes are frozen: audit', automatic: true })
  assert.equal(tale.incident.acknowledged?.activeAt, at(0))
  tale.until(at(65))
  tale.does(cy, { kind: 'subscribe' }, { kind: 'note', text: 'changes may start again', automatic: true })
  assert.equal(tale.incident.acknowledged?.askedAt, at(60))
  tale.until(at(70))
  assert.equal(tale.incident.acknowledged, null)
})

test('"still on it" and any other word start that clock anew; a machine\'s word does not', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' })
  tale.until(at(61))
  tale.tell({ person: null, door: 'alert' }, { kind: 'declared-again', title: 'x' })
  assert.equal(tale.incident.acknowledged?.askedAt, at(60))
  tale.does(ana, { kind: 'still-on-it' })
  assert.deepEqual(tale.incident.acknowledged, { by: ana, at: at(0), activeAt: at(61), askedAt: null })
  tale.until(at(120))
  assert.equal(tale.incident.acknowledged?.by, ana)
})

/** The hand-over from ana to ben: Monday, 30 November, 09:00. */
const SHIFT_END = '2026-11-30T08:00:00.000Z'

function nightBefore(): Story {
  const tale = story({ severity: 'high', startedAt: at(-50, SHIFT_END) })
  tale.does(ana, { kind: 'acknowledge' })
  tale.now = at(-20, SHIFT_END)
  tale.does(ana, { kind: 'no-change' })
  tale.fresh('page')
  return tale
}

test('at the end of the shift the holder is asked, and it is offered to whoever comes next', () => {
  const tale = nightBefore()
  tale.until(SHIFT_END)
  const [offer] = tale.incident.offers
  assert.deepEqual([offer?.what, offer?.from, offer?.to], ['acknowledgement', ana, ben])
  assert.equal(tale.incident.acknowledged?.askedAt, SHIFT_END)
  const accepted = nightBefore()
  accepted.until(SHIFT_END)
  accepted.does(ben, { kind: 'accept', offer: accepted.incident.offers[0]?.id ?? '' })
  accepted.until(at(20, SHIFT_END))
  assert.equal(accepted.incident.acknowledged?.by, ben)
  tale.until(at(10, SHIFT_END))
  assert.equal(tale.incident.acknowledged, null)
  assert.deepEqual(tale.incident.offers, [])
  assert.deepEqual(people(tale.fresh('page')), [ben])
})

test('whoever says that they are still on it keeps it beyond their shift', () => {
  const tale = nightBefore()
  tale.until(SHIFT_END)
  tale.does(ana, { kind: 'still-on-it' })
  assert.deepEqual(tale.incident.offers, [])
  tale.until(at(30, SHIFT_END))
  assert.equal(tale.incident.acknowledged?.by, ana)
})

test('after the question at the end of the shift and "still on it", the end of a stand-in on another tier takes nothing away', () => {
  const standIn = { tier: 'second', person: dee, from: SHIFT_END, until: at(60, SHIFT_END), reason: 'dentist' }
  const { roster, ...team } = sandboxTeam()
  const others = { ...team, roster: roster && { ...roster, overrides: [standIn] } }
  const tale = story({ severity: 'high', startedAt: at(-30, SHIFT_END) }, others)
  tale.does(ana, { kind: 'acknowledge' })
  tale.until(at(5, SHIFT_END))
  tale.does(ana, { kind: 'still-on-it' })
  tale.until(at(50, SHIFT_END))
  tale.does(ana, { kind: 'note', text: 'nearly done' })
  tale.until(at(90, SHIFT_END))
  assert.equal(tale.incident.acknowledged?.by, ana)
})

for (const [who, word] of [
  [ana, { kind: 'note', text: 'I look at the disk' }],
  [ana, { kind: 'no-change' }],
  [cy, { kind: 'note', text: 'ana has gone home' }],
  [ana, { kind: 'hand-off', what: 'acknowledgement', to: cy }],
] as const) {
  test(`the question at the end of the shift is not answered by "${word.kind}" of ${who}`, () => {
    const tale = nightBefore()
    tale.until(at(5, SHIFT_END))
    tale.does(who, word)
    assert.equal(tale.incident.acknowledged?.askedAt, SHIFT_END)
    tale.until(at(10, SHIFT_END))
    assert.deepEqual([tale.incident.acknowledged, tale.incident.offers], [null, []])
    assert.deepEqual(people(tale.fresh('page')), [ben])
    assert.match(lines(tale, 'unacknowledged').at(-1) ?? '', /the shift of ana is over, and nobody has taken it over/)
  })
}

test('what the holder has offered themselves stays offered while they are on it', () => {
  const tale = nightBefore()
  tale.does(ana, { kind: 'hand-off', what: 'acknowledgement', to: cy }, { kind: 'still-on-it' })
  assert.deepEqual(
    tale.incident.offers.map(({ to }) => to),
    [cy],
  )
})

test('nobody takes up the offer that was made for the holder: at the end of their next shift it is made anew', () => {
  const tale = nightBefore()
  const fortnight = 14 * 1_440
  tale.until(SHIFT_END)
  tale.does(ana, { kind: 'still-on-it' })
  for (let minute = 5; minute < fortnight; minute += 30) {
    tale.until(at(minute, SHIFT_END))
    tale.does(ana, { kind: 'note', text: 'still looking' })
  }
  tale.until(at(fortnight, SHIFT_END))
  assert.equal(tale.incident.acknowledged?.by, ana)
  assert.deepEqual(
    tale.incident.offers.map(({ to, at: made }) => [to, made]),
    [[ben, at(fortnight, SHIFT_END)]],
  )
})

test('a team may set its own time of silence', () => {
  const tale = story({ severity: 'high' }, sandboxTeam({ staleMinutes: 20 }))
  tale.does(ana, { kind: 'acknowledge' })
  tale.until(at(19))
  assert.equal(tale.incident.acknowledged?.askedAt, null)
  tale.until(at(20))
  assert.equal(tale.incident.acknowledged?.askedAt, at(20))
  const medium = story({ severity: 'medium' }, sandboxTeam({ staleMinutes: 20 }))
  medium.does(ana, { kind: 'acknowledge' })
  medium.until(at(200))
  assert.equal(medium.incident.acknowledged?.askedAt, null)
})

test('what is offered and not accepted at the end of the shift comes back to the chain', () => {
  const tale = nightBefore()
  tale.does(ana, { kind: 'role', role: 'commander', person: ana }, { kind: 'hand-off', what: 'commander', to: dee })
  tale.does(cy, { kind: 'role', role: 'scribe', person: cy }, { kind: 'hand-off', what: 'scribe', to: dee })
  tale.does(ana, { kind: 'hand-off', what: 'acknowledgement', to: ben })
  tale.until(at(-1, SHIFT_END))
  assert.equal(tale.incident.acknowledged?.by, ana)
  tale.until(SHIFT_END)
  assert.equal(tale.incident.acknowledged, null)
  assert.deepEqual(tale.incident.roles, { scribe: cy })
  assert.deepEqual(
    tale.incident.offers.map(({ from }) => from),
    [cy],
    'whose shift goes on',
  )
  assert.deepEqual(people(tale.fresh('page')), [ben])
})

test("the end of somebody else's shift is none of the holder's", () => {
  const tale = story({ severity: 'high', startedAt: at(-50, SHIFT_END) })
  tale.does(cy, { kind: 'acknowledge' })
  tale.now = at(-20, SHIFT_END)
  tale.does(cy, { kind: 'no-change' })
  tale.until(at(5, SHIFT_END))
  assert.deepEqual(tale.incident.acknowledged, {
    by: cy,
    at: at(-50, SHIFT_END),
    activeAt: at(-20, SHIFT_END),
    askedAt: null,
  })
})

test('an hour of looking is worth a question, four hours are brought before management', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' })
  for (const minute of [50, 100, 150, 200]) {
    tale.until(at(minute))
    tale.does(ana, { kind: 'no-change' })
  }
  tale.fresh('tell')
  tale.until(at(240))
  const told = lines(tale, 'reminded', 'escalated')
  assert.deepEqual(
    told.filter(line => /investigated|four hours/.test(line)),
    [
      '60 reminded INC-7 is still being investigated after an hour. Is more help needed?',
      '240 escalated INC-7 is not resolved after four hours: acp down',
    ],
  )
  assert.ok(people(tale.effects.filter(effect => effect.kind === 'tell')).includes(dee))
})

test('resolved and not closed: every business day at 09:00, but not while the post-mortem lies ahead', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
  assert.deepEqual(tale.until('2026-11-25T09:00:00.000Z'), ['2026-11-24T08:00:00.000Z', '2026-11-25T08:00:00.000Z'])
  tale.does(ana, { kind: 'review', at: '2026-11-26 14:00', notes: null })
  assert.equal(nextDuty(tale.incident, { team: tale.team }), '2026-11-27T08:00:00.000Z')
  const weekend = ['2026-11-27T08:00:00.000Z', '2026-11-30T08:00:00.000Z']
  assert.deepEqual(tale.until('2026-11-30T12:00:00.000Z'), weekend)
  tale.does(ana, { kind: 'review', at: null, notes: 'done' }, { kind: 'close' })
  assert.equal(nextDuty(tale.incident, { team: tale.team }), null)
})

test('follow-ups: their owner from the day on which they are due, management after three business days more', () => {
  const tale = story({ severity: 'low' })
  tale.does(ana, { kind: 'follow-up', about: 'prevention', title: 'rotate', owner: ben, due: '2026-11-26' })
  tale.does(ana, ROOT_CAUSE, RESOLVE, { kind: 'close' })
  tale.fresh('tell')
  const moments = tale.until('2026-12-03T00:00:00.000Z')
  assert.deepEqual(
    moments.map(moment => moment.slice(5, 16)),
    ['11-26T08:00', '11-27T08:00', '11-30T08:00', '12-01T08:00', '12-02T08:00'],
  )
  assert.deepEqual(people(tale.fresh('tell')), [ben, ben, ben, ben, ben, dee])
  tale.does(ben, { kind: 'follow-up-done', number: 1 })
  assert.equal(nextDuty(tale.incident, { team: tale.team }), null)
})

test('medium and low are quiet outside office hours', () => {
  const friday = '2026-11-27T15:30:00.000Z'
  for (const severity of ['medium', 'low'] as const) {
    const tale = story({ severity, startedAt: friday }, sandboxTeam({ holidays: ['2026-11-30'] }))
    const moments = tale.until('2026-12-01T08:30:00.000Z')
    const hours = new Set(moments.map(moment => moment.slice(0, 13)))
    assert.deepEqual([...hours], ['2026-12-01T08'], severity)
  }
})

test('a Low incident that began in the evening: every morning by the rule, every second one in runs that began without it', () => {
  const tale = story({ severity: 'low', startedAt: '2026-11-23T18:30:00.000Z' })
  tale.does(ana, { kind: 'acknowledge' })
  tale.until('2026-11-25T08:00:00.000Z')
  assert.equal(tale.incident.clock['update-due'], '2026-11-25T08:00:00.000Z')
  const next = (knows: () => boolean) => nextDuty(tale.incident, { team: tale.team, knows })
  assert.equal(
    next(() => true),
    '2026-11-26T08:00:00.000Z',
  )
  assert.equal(
    next(() => false),
    '2026-11-27T08:00:00.000Z',
  )
})
