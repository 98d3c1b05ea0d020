/** What people say: severity and its deadlines, status updates, notes, snoozes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { responseDeadline, updateDeadline } from '../../../domain/incident/deadlines.ts'
import { nextDuty } from '../../../domain/incident/duties.ts'
import { CATEGORIES, SEVERITIES, type Severity } from '../../../domain/incident/severity.ts'
import { ana, ben, cy } from '../../support/team.ts'
import { at, MONDAY, people, sandboxTeam, story } from './sample-incident.ts'

const NOTHING = { category: null, impact: null, systems: null, expectedResolution: null }
const SAID = { findings: 'the disk is full', actions: 'old logs go', expectedResolution: '11:00' }

function classify(severity: Severity) {
  return { kind: 'classify', severity, ...NOTHING } as const
}

for (const [severity, response, update] of [
  ['critical', at(15), at(30)],
  ['high', at(60), at(60)],
  ['medium', at(240), at(240)],
  ['low', '2026-11-24T08:00:00.000Z', at(1_440)],
] as const) {
  test(`${severity}: response by ${response}, next update by ${update}`, () => {
    const { incident, team } = story({ severity })
    assert.equal(responseDeadline(incident, team), response)
    assert.equal(incident.nextUpdateAt, update)
  })
}

test('after any reclassification every deadline is what it would have been from the start', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SEVERITIES),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom(...SEVERITIES)), {
        minLength: 1,
        maxLength: 6,
      }),
      (first, later) => {
        const tale = story({ severity: first })
        for (const [minutes, severity] of later) {
          tale.now = at(minutes, tale.now)
          tale.does(ana, classify(severity))
        }
        const fresh = story({ severity: tale.incident.severity })
        assert.equal(tale.incident.nextUpdateAt, fresh.incident.nextUpdateAt)
        assert.equal(responseDeadline(tale.incident, tale.team), responseDeadline(fresh.incident, fresh.team))
      },
    ),
    { numRuns: 200 },
  )
})

test('worse, and nobody has it: people are rung at once; somebody has it: only the channel hears', () => {
  const tale = story({ severity: 'medium' })
  tale.now = at(7)
  tale.does(ana, classify('critical'))
  assert.deepEqual(people(tale.fresh('page')).length, 4)
  assert.equal(tale.incident.paging.nextAt, at(12))
  const held = story({ severity: 'medium' })
  held.does(ana, { kind: 'acknowledge' })
  held.fresh('page')
  held.does(ana, classify('high'))
  assert.deepEqual(held.incident.paging.nextAt, null)
  const effects = held.effects.filter(({ kind }) => kind === 'page' || kind === 'post')
  assert.deepEqual(effects.at(-1)?.kind, 'post')
})

test('better: the interval counts on from the last page, and what wakes nobody falls silent', () => {
  const tale = story()
  tale.until(at(6))
  tale.does(ana, classify('high'))
  assert.equal(tale.incident.paging.nextAt, at(20))
  tale.fresh('page')
  tale.does(ana, classify('low'))
  assert.equal(tale.incident.paging.nextAt, null)
  assert.equal(tale.fresh('quiet-pages').length, 1)
})

test('a worse class brings those into the picture who have to be, once', () => {
  const tale = story({ severity: 'low' })
  const audiences = () => tale.fresh('announce').flatMap(effect => effect.audiences)
  assert.deepEqual(audiences(), [])
  tale.does(ana, classify('medium'))
  assert.deepEqual(audiences(), ['ops'])
  tale.does(ana, classify('critical'))
  assert.deepEqual(audiences(), ['management'])
  tale.does(ana, { kind: 'classify', severity: null, ...NOTHING, impact: 'nobody can work' })
  assert.deepEqual(audiences(), ['stakeholders'])
  tale.does(ana, classify('high'), classify('critical'))
  assert.deepEqual(audiences(), [])
})

test('assessing says everything at once, or is refused when nothing is said', () => {
  const tale = story()
  tale.does(ana, {
    kind: 'classify',
    severity: 'high',
    category: CATEGORIES[3] ?? 'data',
    impact: 'some rows are gone',
    systems: ['beta', 'beta', ' '],
    expectedResolution: 'noon',
  })
  const { category, impact, systems, expectedResolution } = tale.incident
  assert.deepEqual([category, impact, systems, expectedResolution], ['data', 'some rows are gone', ['beta'], 'noon'])
  tale.refuses(ana, { kind: 'classify', severity: null, ...NOTHING }, /nothing was said/)
})

test('a status update is I3.2, moves the clock, and reaches followers', () => {
  const tale = story()
  tale.does(cy, { kind: 'subscribe' })
  tale.now = at(12)
  tale.fresh('announce')
  tale.does(ana, { kind: 'status', status: 'identified', ...SAID })
  const { status, lastUpdateAt, nextUpdateAt, expectedResolution } = tale.incident
  assert.deepEqual([status, lastUpdateAt, nextUpdateAt, expectedResolution], ['identified', at(12), at(42), '11:00'])
  const announced = tale.effects.filter(effect => effect.kind === 'announce').slice(-2)
  assert.deepEqual(
    announced.map(({ subject, audiences }) => ({ subject, audiences })),
    [
      { subject: '[INCIDENT] OpenCode ACP - Critical - acp down', audiences: ['stakeholders'] },
      { subject: '[UPDATE] OpenCode ACP Incident - Identified', audiences: ['ops', 'management', 'stakeholders'] },
    ],
  )
  assert.deepEqual(people(tale.fresh('tell')), [cy])
})

for (const [title, field, words] of [
  ['without findings', { findings: ' ' }, /current findings is missing/],
  ['without actions', { actions: '' }, /actions being taken is missing/],
  ['without an expectation', { expectedResolution: '' }, /expected resolution time is missing/],
  ['with a placeholder', { findings: '{Current findings}' }, /current findings is still a placeholder/],
] as const) {
  test(`a status update ${title} is refused`, () =>
    story().refuses(ana, { kind: 'status', status: null, ...SAID, ...field }, words))
}

test('an update of a low one stands below the card only; without a word on the status it is investigated', () => {
  const tale = story({ severity: 'low' })
  tale.does(ana, { kind: 'status', status: null, ...SAID })
  assert.equal(tale.incident.status, 'investigating')
  assert.deepEqual(
    tale.effects.filter(({ kind }) => kind === 'announce'),
    [],
  )
  assert.match(tale.fresh('post').at(-1)?.text ?? '', /^\[UPDATE\] OpenCode ACP Incident - Investigating/)
})

test('"no change" starts the clock anew; a snooze puts it off, within reason', () => {
  const tale = story()
  tale.now = at(31)
  tale.does(ana, { kind: 'acknowledge' }, { kind: 'no-change' })
  assert.deepEqual([tale.incident.lastUpdateAt, tale.incident.nextUpdateAt], [at(31), at(61)])
  tale.refuses(ana, { kind: 'snooze', minutes: 15 }, /not due before 2026-11-23 11:01:00/)
  tale.now = at(50)
  tale.does(ana, { kind: 'snooze', minutes: 15 })
  assert.equal(tale.incident.nextUpdateAt, at(65))
  for (const minutes of [0, -5, 31, Number.MAX_VALUE])
    tale.refuses(ana, { kind: 'snooze', minutes }, /cannot put it off/)
  tale.fresh('tell')
  tale.until(at(64))
  assert.deepEqual(tale.fresh('tell'), [])
})

test('"no change" pressed twice is said once, and somebody else may say it as well', () => {
  const tale = story()
  tale.now = at(31)
  tale.does(ana, { kind: 'no-change' })
  const { entries } = tale.incident
  tale.fresh('post')
  assert.match(tale.tell(ana, { kind: 'no-change' }).text, /^said already/)
  assert.deepEqual([tale.incident.entries, tale.fresh('post')], [entries, []])
  tale.does(ben, { kind: 'no-change' })
  tale.now = at(33)
  tale.does(ana, { kind: 'no-change' })
  assert.equal(tale.incident.entries, entries + 2)
})

test('a note is kept, redacted and cut; an empty one is refused', () => {
  const tale = story()
  tale.does(ben, { kind: 'note', text: `password=hunter2 ${'y'.repeat(20_000)}` })
  const entry = tale.incident.timeline.at(-1)
  assert.deepEqual([entry?.kind, entry?.by.person, entry?.text.length], ['note', ben, 500])
  assert.doesNotMatch(entry?.text ?? '', /hunter2/)
  tale.refuses(ben, { kind: 'note', text: ' \u200b ' }, /the note is empty/)
})

test('the deadline of the update counts from the last one, or from the last time it was opened', () => {
  const base = { severity: 'critical', startedAt: MONDAY, clock: {} } as const
  assert.equal(updateDeadline({ ...base, lastUpdateAt: null }), at(30))
  assert.equal(updateDeadline({ ...base, lastUpdateAt: at(40) }), at(70))
  assert.equal(updateDeadline({ ...base, lastUpdateAt: at(40), clock: { reopened: at(100) } }), at(130))
})

test('without an address nobody is mailed', () => {
  const audiences = { ops: [], management: [], stakeholders: [] }
  const tale = story({}, sandboxTeam({ audiences }))
  tale.until(at(14))
  assert.deepEqual(tale.fresh('announce'), [])
  assert.ok((nextDuty(tale.incident, { team: tale.team }) ?? '') > at(14))
})
