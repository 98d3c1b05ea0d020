/** The end of an incident: what has to be there, duplicates, false alarms, and back again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IncidentCommand } from '../../../domain/incident/commands.ts'
import { nextDuty } from '../../../domain/incident/duties.ts'
import { postmortemJson } from '../../../domain/incident/postmortem.ts'
import type { Severity } from '../../../domain/incident/severity.ts'
import { TRANSITIONS } from '../../../domain/incident/transitions.ts'
import { ana, ben, cy } from '../../support/team.ts'
import { at, people, RESOLVE, ROOT_CAUSE, story } from './sample-incident.ts'

const REVIEW: IncidentCommand = { kind: 'review', at: '2026-11-27 14:00', notes: null }
const NOTES: IncidentCommand = { kind: 'review', at: null, notes: 'we rotate logs now' }
const CLOSE: IncidentCommand = { kind: 'close' }

function classified(severity: Severity): IncidentCommand {
  const rest = { category: null, impact: null, systems: null, expectedResolution: null }
  return { kind: 'classify', severity, ...rest }
}

function resolved(differs: Parameters<typeof story>[0] = {}) {
  const tale = story(differs)
  tale.does(ana, { kind: 'acknowledge' })
  tale.now = at(42)
  tale.does(ana, ROOT_CAUSE, RESOLVE)
  return tale
}

test('no resolution without a root cause, and no root cause without all four', () => {
  const tale = story()
  tale.refuses(ana, RESOLVE, /the root cause is missing/)
  const rootCause = { trigger: 'a', propagation: ' ', contributingFactors: '', findings: 'd' }
  tale.refuses(ana, { kind: 'root-cause', rootCause }, /missing: how it spread, what contributed to it/)
  tale.does(ana, ROOT_CAUSE)
  tale.refuses(ana, { kind: 'resolve', resolution: ' ' }, /the resolution is missing/)
  tale.does(ana, RESOLVE)
})

test('resolving silences everything, sends I3.3 to those who knew, and drafts the post-mortem', () => {
  const tale = resolved()
  const { status, resolvedAt, nextUpdateAt, paging } = tale.incident
  assert.deepEqual([status, resolvedAt, nextUpdateAt, paging.nextAt], ['resolved', at(42), null, null])
  const last = tale.effects.filter(effect => effect.kind === 'announce').at(-1)
  assert.equal(last?.subject, '[RESOLVED] OpenCode ACP Incident - acp down')
  assert.match(last?.text ?? '', /Duration: 42 min 0 s/)
  assert.match(last?.text ?? '', /Post-mortem scheduled: to be set, at the latest on 2026-11-30/)
  assert.equal(tale.fresh('write-postmortem').length, 1)
})

test('closing names everything that is missing', () => {
  const tale = resolved()
  tale.does(ana, { kind: 'follow-up', about: 'prevention', title: 'rotate', owner: ben, due: '2026-11-24' })
  tale.refuses(
    ana,
    CLOSE,
    /missing: a date for the post-mortem, at the latest 2026-11-30; the notes of the post-mortem/,
  )
  tale.does(ana, REVIEW)
  tale.refuses(ana, CLOSE, /^missing: the notes of the post-mortem$/)
  tale.does(ana, NOTES)
  const answer = tale.tell(ana, CLOSE, ['the review of a break-glass by ben'])
  assert.match(answer.text, /missing: the review of a break-glass by ben/)
  tale.does(ana, CLOSE)
  assert.deepEqual([tale.incident.status, tale.incident.ending], ['closed', 'completed'])
})

for (const end of [
  { kind: 'false-alarm', reason: 'a test' },
  { kind: 'merge', into: 'INC-3' },
] as const) {
  test(`no ${end.kind} while a decision taken alone waits for its review`, () => {
    const tale = resolved()
    const answer = tale.tell(ana, end, ['the review of APR-1, which ben decided alone'])
    assert.deepEqual([answer.outcome, tale.incident.status], ['refused', 'resolved'])
    assert.match(answer.text, /^missing: the review of APR-1, which ben decided alone$/)
    tale.does(ana, end)
  })
}

test('an owner who has left keeps it open until somebody finishes the follow-up', () => {
  const tale = resolved({ severity: 'low' })
  tale.does(ana, { kind: 'follow-up', about: 'monitoring', title: 'rotate', owner: ben, due: '2026-11-24' })
  const { people: everybody } = tale.team
  Object.assign(tale.team, { people: everybody.filter(({ id }) => id !== ben) })
  tale.refuses(ana, CLOSE, /missing: an owner for follow-up 1 \(rotate\)/)
  tale.does(ana, { kind: 'follow-up-done', number: 1 })
  tale.refuses(ana, { kind: 'follow-up-done', number: 1 }, /done already/)
  tale.refuses(ana, { kind: 'follow-up-done', number: 2 }, /there is no follow-up 2/)
  tale.does(ana, CLOSE)
})

test('what is not resolved cannot be closed; medium and low need no post-mortem', () => {
  story().refuses(ana, CLOSE, /INC-7 is declared/)
  const tale = resolved({ severity: 'medium' })
  tale.does(ana, CLOSE)
  tale.refuses(ana, { kind: 'resolve', resolution: 'x' }, /INC-7 is closed/)
  tale.refuses(ana, CLOSE, /INC-7 is closed/)
})

for (const [before, after] of [
  [[], ['medium']],
  [['low'], []],
  [['critical', 'medium'], ['low']],
] as const) {
  const path = ['high', ...before, 'resolved', ...after].join(', ')
  test(`another word for it spares nobody the post-mortem: ${path}`, () => {
    const tale = story({ severity: 'high' })
    tale.does(ana, { kind: 'acknowledge' }, ...before.map(classified), ROOT_CAUSE, RESOLVE, ...after.map(classified))
    tale.refuses(ana, CLOSE, /missing: a date for the post-mortem, .*; the notes of the post-mortem/)
    assert.ok(postmortemJson(tale.incident, []).missing.includes('notes of the post-mortem'))
    tale.refuses(ana, { kind: 'review', at: '2026-12-11 10:00', notes: null }, /too late/)
    tale.does(ana, REVIEW, NOTES, CLOSE)
  })
}

test('an incident of before the worst severity was kept is as bad as it is', () => {
  const tale = resolved({ severity: 'medium' })
  assert.equal(tale.incident.worstSeverity, undefined)
  tale.does(ana, CLOSE)
})

for (const [when, words] of [
  ['2026-12-01 10:00', /2026-12-01 is too late/],
  ['tomorrow', /"tomorrow" is no date and time/],
  ['2026-02-30 10:00', /no date and time/],
  ['1999-01-01 10:00', /1999-01-01 10:00 is over/],
  ['2026-11-23 10:41', /2026-11-23 10:41 is over/],
] as const) {
  test(`a post-mortem ${when} is refused`, () =>
    resolved().refuses(ana, { kind: 'review', at: when, notes: null }, words))
}

test('one that has taken place is written down with its notes', () => {
  const tale = resolved()
  tale.refuses(ana, { kind: 'review', at: '1999-01-01 10:00', notes: 'long ago' }, /is over/)
  tale.does(ana, { kind: 'review', at: '2026-11-23 10:30', notes: 'in the same hour' }, CLOSE)
})

test('a post-mortem that nobody held in time is held on the next business day', () => {
  const tale = resolved()
  tale.now = '2026-12-11T12:00:00.000Z'
  tale.refuses(ana, { kind: 'review', at: '2026-12-15 10:00', notes: null }, /too late/)
  tale.does(ana, { kind: 'review', at: '2026-12-14T10:00', notes: 'late' }, CLOSE)
  assert.equal(tale.incident.review.at, '2026-12-14 10:00')
})

test('a duplicate tells the other one, is closed and silent', () => {
  const tale = story({ alerts: [{ ...ALERT }] })
  for (const into of ['INC-7', 'x', '0']) tale.refuses(ana, { kind: 'merge', into }, /names no|as itself/)
  tale.fresh('page')
  tale.does(ana, { kind: 'merge', into: 'inc-3' })
  const { status, ending, mergedInto, paging } = tale.incident
  assert.deepEqual([status, ending, mergedInto, paging.nextAt], ['closed', 'duplicate', 'INC-3', null])
  const told = tale.effects.filter(effect => effect.kind === 'tell-incident')
  assert.deepEqual(
    told.map(({ number, command }) => [number, command.kind]),
    [
      [3, 'declared-again'],
      [3, 'alerts'],
    ],
  )
  assert.ok(tale.effects.some(({ kind }) => kind === 'quiet-pages'))
  tale.refuses(ana, { kind: 'acknowledge' }, /INC-7 goes on as INC-3/)
  tale.refuses(ana, { kind: 'reopen', reason: 'again' }, /it goes on as INC-3/)
  assert.equal(nextDuty(tale.incident, { team: tale.team }), null)
})

const ALERT = {
  fingerprint: 'f',
  name: 'ServiceDown',
  instance: null,
  state: 'firing',
  since: at(0),
  severity: 'critical',
  summary: '',
} as const

test('a false alarm needs a reason, and those who were told hear of it', () => {
  const tale = story()
  tale.refuses(ana, { kind: 'false-alarm', reason: '' }, /the reason is missing/)
  tale.fresh('page')
  tale.does(ana, { kind: 'false-alarm', reason: 'a test' })
  assert.deepEqual([tale.incident.status, tale.incident.ending], ['closed', 'false-alarm'])
  const last = tale.effects.filter(effect => effect.kind === 'announce').at(-1)
  assert.match(last?.text ?? '', /Root Cause: false alarm: a test/)
  assert.equal(nextDuty(tale.incident, { team: tale.team }), null)
})

test('a change under way keeps it from being closed, merged or called a false alarm', () => {
  const tale = story()
  const restart = { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} } as const
  tale.does(ana, { kind: 'acknowledge' }, restart)
  tale.refuses(ana, { kind: 'merge', into: 'INC-3' }, /change 1 .* is planning/)
  tale.refuses(ana, { kind: 'false-alarm', reason: 'x' }, /change 1 .* is planning/)
  tale.does(ana, ROOT_CAUSE, RESOLVE, REVIEW, NOTES)
  tale.refuses(ana, CLOSE, /the end of change 1 \(restart the service on alpha, planning\)/)
  tale.hears({ kind: 'change-moved', number: 1, state: 'done', outcome: 'it answers' })
  tale.does(ana, CLOSE)
})

test("opened again, it is nobody's: people are rung, the clocks begin anew, the old end is gone", () => {
  const tale = resolved()
  tale.refuses(cy, { kind: 'reopen', reason: '' }, /the reason is missing/)
  tale.now = at(100)
  tale.fresh('page')
  tale.does(cy, { kind: 'reopen', reason: 'down again' })
  const { status, ending, resolvedAt, resolution, acknowledged, reopened, nextUpdateAt, respondedAt } = tale.incident
  assert.deepEqual(
    [status, ending, resolvedAt, resolution, acknowledged, reopened, nextUpdateAt, respondedAt],
    ['investigating', null, null, null, null, 1, at(130), null],
  )
  assert.equal(people(tale.effects.filter(effect => effect.kind === 'page')).length, 8)
  tale.refuses(ana, { kind: 'reopen', reason: 'again' }, /INC-7 is investigating/)
  const told = () => tale.effects.filter(effect => effect.kind === 'announce').at(-1)?.audiences
  assert.deepEqual(told(), ['ops', 'management'])
  tale.until(at(110))
  assert.deepEqual(told(), ['stakeholders'])
})

test('opened again, the response counts anew, and the last root cause, review and draft have to be made again', () => {
  const tale = resolved()
  tale.does(ana, REVIEW, NOTES)
  tale.hears({
    kind: 'postmortem-written',
    artefact: { kind: 'postmortem', ref: 'postmortem/1', bytes: 1, sha256: '' },
  })
  tale.does(ana, CLOSE)
  tale.now = at(3 * 1_440)
  tale.does(ben, { kind: 'reopen', reason: 'down again' })
  const { rootCause, review, postmortem } = tale.incident
  assert.deepEqual([rootCause, review, postmortem], [null, { at: null, notes: null }, null])
  const words = tale.incident.timeline.map(({ text }) => text).join('\n')
  for (const past of [
    'trigger: a full disk',
    'findings: see above',
    'notes of the post-mortem: we rotate',
    'postmortem/1',
  ])
    assert.ok(words.includes(past), past)
  assert.ok(tale.until(at(3 * 1_440 + 16)).includes(at(3 * 1_440 + 15)), 'there is no response in time')
  tale.does(ben, { kind: 'acknowledge' })
  assert.equal(tale.incident.respondedAt, at(3 * 1_440 + 16))
  assert.equal(postmortemJson(tale.incident, []).respondedMinutes, 16)
  tale.refuses(ben, RESOLVE, /the root cause is missing/)
  tale.does(ben, ROOT_CAUSE, RESOLVE)
  tale.refuses(ben, CLOSE, /missing: a date for the post-mortem, .*; the notes of the post-mortem/)
})

test('every move of a verb is a row of the table', () => {
  const verbs: readonly IncidentCommand[] = [
    RESOLVE,
    CLOSE,
    { kind: 'merge', into: 'INC-3' },
    { kind: 'false-alarm', reason: 'a test' },
    { kind: 'reopen', reason: 'again' },
  ]
  const statuses = ['declared', 'investigating', 'identified', 'resolving', 'resolved', 'closed'] as const
  for (const status of statuses) {
    for (const command of verbs) {
      const tale = story({ severity: 'low' })
      tale.does(ana, ROOT_CAUSE, RESOLVE)
      Object.assign(tale, { incident: { ...tale.incident, status } })
      const isDone = tale.tell(ana, command).outcome === 'done'
      const row = TRANSITIONS.find(({ from, verb }) => from === status && verb === command.kind)
      const end = isDone ? [tale.incident.status, tale.incident.ending] : null
      assert.deepEqual(end, row === undefined ? null : [row.to, row.ending], `${command.kind} of ${status}`)
    }
  }
})

test('a closed one is opened again as well', () => {
  const tale = resolved({ severity: 'low' })
  tale.does(ana, CLOSE, { kind: 'reopen', reason: 'again' })
  assert.deepEqual([tale.incident.status, tale.incident.closedAt], ['investigating', null])
})

test('once only its follow-ups are reminded of, a closed one is declared anew', () => {
  const tale = resolved({ severity: 'low', title: "acp isn't up" })
  tale.does(ana, { kind: 'follow-up', about: 'monitoring', title: 'rotate', owner: ben, due: '2026-11-24' }, CLOSE)
  Object.assign(tale, { incident: { ...tale.incident, workflowId: 'follow-ups:INC-7' } })
  const anew = `If it happens again, declare it anew: ops incident declare low 'acp isn'\\''t up'`
  for (const command of [{ kind: 'reopen', reason: 'again' }, { kind: 'acknowledge' }] as const) {
    tale.refuses(ana, command, /^INC-7 is closed/)
    const answer = tale.tell(ana, command)
    assert.equal(answer.outcome === 'refused' ? answer.hint : null, anew)
  }
  tale.does(ana, { kind: 'follow-up-done', number: 1 })
})
