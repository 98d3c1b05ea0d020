/** Changes of hosts, follow-ups, alerts, and what is no command at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { IncidentCommand } from '../../../domain/incident/commands.ts'
import type { Actor } from '../../../domain/incident/incident.ts'
import type { PersonId } from '../../../domain/team/team.ts'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { alert, at, MONDAY, people, RESOLVE, ROOT_CAUSE, story } from './sample-incident.ts'

const RESTART = { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} } as const
const ALERTMANAGER: Actor = { person: null, door: 'alert' }

test('a workaround becomes a numbered change that is started once', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' }, RESTART)
  const [start, ...others] = tale.fresh('start-change')
  assert.deepEqual(others, [])
  assert.deepEqual(start?.command, RESTART)
  assert.deepEqual(start?.change, {
    number: 1,
    kind: 'workaround',
    title: 'restart the service on alpha',
    workflowId: 'change:alpha',
    requestedBy: ana,
    at: MONDAY,
    state: 'planning',
    outcome: null,
  })
})

test("nobody changes anything while an incident that wakes people is nobody's", () => {
  story().refuses(ana, RESTART, /nobody has acknowledged it/)
  story({ severity: 'high' }).refuses(ana, { kind: 'fix', host: 'alpha', fix: 'f1' }, /nobody has acknowledged it/)
  story({ severity: 'medium' }).does(ana, RESTART)
})

test('only responders: the group, whoever is on call, whoever was called in', () => {
  const tale = story({ severity: 'medium' })
  Object.assign(tale.team, { groups: { ...tale.team.groups, responders: [ana] } })
  tale.refuses(ben, RESTART, /only responders/)
  tale.does(cy, RESTART)
  tale.does(ana, { kind: 'page', person: ben, message: '' })
  tale.does(ben, { ...RESTART, host: 'beta' })
})

test('one change of a host at a time, and only what is in the catalogue', () => {
  const tale = story({ severity: 'low' })
  tale.does(ana, RESTART)
  tale.refuses(ben, { ...RESTART, name: 'free-disk' }, /change 1 .* is planning/)
  tale.hears({ kind: 'change-moved', number: 1, state: 'failed', outcome: 'no answer' })
  tale.does(ben, { kind: 'fix', host: 'alpha', fix: 'opencode-ai 1.18.34' })
  assert.equal(tale.incident.changes[1]?.title, 'deploy the fix opencode-ai 1.18.34 on alpha')
  for (const name of ['rm', 'constructor', ''])
    tale.refuses(ana, { ...RESTART, host: 'beta', name }, /there is no workaround/)
  tale.refuses(ana, { kind: 'fix', host: 'beta', fix: ' ' }, /there is no fix/)
  for (const host of ['all', 'Alpha;', '', 'x'.repeat(99)]) tale.refuses(ana, { ...RESTART, host }, /is no host/)
})

test('follow-ups have an owner and a day to come', () => {
  const tale = story()
  const followUp = {
    kind: 'follow-up',
    about: 'prevention',
    title: 'rotate logs',
    owner: ben,
    due: '2026-11-23',
  } as const
  tale.does(ana, followUp)
  assert.deepEqual(people(tale.fresh('tell')), [ben])
  tale.does(ben, followUp)
  assert.deepEqual(people(tale.fresh('tell')), [])
  for (const due of ['2026-11-22', '2026-02-30', 'soon']) tale.refuses(ana, { ...followUp, due }, /is no day to come/)
  tale.refuses(ana, { ...followUp, title: ' ' }, /no title/)
  assert.deepEqual(
    tale.incident.followUps.map(({ number }) => number),
    [1, 2],
  )
})

test('alerts are linked; when all have stopped it is still for people to say', () => {
  const tale = story({ by: ALERTMANAGER, alerts: [alert()] })
  tale.tell(ALERTMANAGER, {
    kind: 'alerts',
    alerts: [alert(), alert({ fingerprint: 'f2', name: 'Disk', severity: 'warning' })],
  })
  assert.deepEqual(tale.incident.timeline.at(-1)?.text, 'Disk on alpha fires')
  tale.fresh('post')
  const stopped = [alert({ state: 'resolved' }), alert({ fingerprint: 'f2', state: 'resolved' })]
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: stopped })
  assert.match(tale.fresh('post')[0]?.text ?? '', /All alerts have stopped/)
  assert.equal(tale.incident.status, 'declared')
  assert.notEqual(tale.incident.paging.nextAt, null)
  const entries = tale.incident.entries
  assert.equal(tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: stopped }).text, 'nothing new')
  assert.equal(tale.incident.entries, entries)
})

test('a warning that turns critical wakes people, once', () => {
  for (const [category, severity] of [
    ['availability', 'critical'],
    ['data', 'critical'],
    ['performance', 'high'],
  ] as const) {
    const warning = alert({ severity: 'warning' })
    const tale = story({ severity: 'medium', category, by: ALERTMANAGER, alerts: [warning] })
    assert.deepEqual(tale.fresh('page'), [])
    tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert()] })
    assert.equal(tale.incident.severity, severity)
    assert.notEqual(tale.fresh('page').length, 0)
    const rest = { category: null, impact: null, systems: null, expectedResolution: null }
    tale.does(ana, { kind: 'classify', severity: 'low', ...rest })
    tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert()] })
    assert.equal(tale.incident.severity, 'low')
  }
})

test('firing again after it was resolved opens it again; stopping, or going on to fire, does not', () => {
  const tale = story({ by: ALERTMANAGER, alerts: [alert()] })
  tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
  tale.fresh('page')
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert()] })
  assert.equal(tale.incident.status, 'resolved')
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ state: 'resolved' })] })
  assert.equal(tale.incident.status, 'resolved')
  tale.now = at(60)
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ since: at(59) })] })
  assert.deepEqual([tale.incident.status, tale.incident.reopened], ['investigating', 1])
  assert.equal(tale.fresh('page').length, 4)
})

test('reporting the same again leaves a line; after the end it opens it again; of a duplicate the other one is told', () => {
  const again = { kind: 'declared-again', title: 'acp down' } as const
  const tale = story({ severity: 'low' })
  tale.does(ben, again)
  assert.equal(tale.incident.timeline.at(-1)?.text, 'ben reports the same: acp down')
  tale.does(ana, ROOT_CAUSE, RESOLVE)
  tale.does(ben, again)
  assert.equal(tale.incident.status, 'investigating')
  tale.does(ana, { kind: 'merge', into: 'INC-3' })
  tale.fresh('tell-incident')
  tale.does(ben, again)
  assert.equal(tale.incident.status, 'closed')
  assert.deepEqual(
    tale.effects.filter(effect => effect.kind === 'tell-incident').map(({ number, key }) => [number, key !== '']),
    [
      [3, true],
      [3, true],
    ],
  )
})

test('a flood of alerts leaves a sample of firing ones', () => {
  const tale = story({ by: ALERTMANAGER })
  const alerts = Array.from({ length: 500 }, (_, index) =>
    alert({ fingerprint: `f${index}`, state: index % 2 === 0 ? 'firing' : 'resolved' }),
  )
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts })
  assert.equal(tale.incident.alerts.length, 50)
  assert.ok(tale.incident.alerts.every(({ state }) => state === 'firing'))
  assert.match(tale.incident.timeline.at(-1)?.text ?? '', /and 495 more$/)
})

test('whom the team does not know is refused, and machines may only report', () => {
  const tale = story()
  tale.refuses('eve' as PersonId, { kind: 'acknowledge' }, /"eve" is not one of the team/)
  tale.refuses(
    { person: 'eve' as PersonId, door: 'slack' },
    { kind: 'declared-again', title: 'x' },
    /not one of the team/,
  )
  for (const kind of ['acknowledge', 'close', 'no-change', 'still-on-it', 'subscribe'] as const)
    tale.refuses(ALERTMANAGER, { kind }, /only people may do this/)
  assert.ok(tale.team.people.some(({ id }) => id === dee))
})

test('whatever is signalled, the rules answer and never throw', () => {
  const kinds = ['acknowledge', 'classify', 'status', 'snooze', 'role', 'workaround', 'root-cause', 'alerts', 'review']
  const words = ['kind', 'severity', 'text', 'minutes', 'role', 'person', 'alerts', 'rootCause', 'at', 'notes', 'what']
  const command = fc.oneof(
    fc.anything(),
    fc
      .tuple(
        fc.constantFrom(...kinds, '__proto__', 'toString'),
        fc.dictionary(fc.constantFrom(...words), fc.anything()),
      )
      .map(([kind, fields]) => ({ ...fields, kind })),
  )
  const tale = story()
  const before = tale.incident
  fc.assert(
    fc.property(command, fc.oneof(fc.constant({ person: ana, door: 'cli' }), fc.anything()), (value, by) => {
      tale.incident = before
      const answer = tale.tell(by as Actor, value as IncidentCommand)
      if (answer.outcome === 'refused') assert.equal(tale.incident, before)
    }),
    { numRuns: 2_000 },
  )
})
