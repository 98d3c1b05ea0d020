/** What comes to an incident that is there already: how bad it is now, and which hosts have to be looked at. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCommand } from '../../../domain/incident/command-shape.ts'
import type { Actor } from '../../../domain/incident/incident.ts'
import { criticalFiring, linked } from '../../../domain/incident/linked-alerts.ts'
import { incidentStart, joining } from '../../../domain/incident/start.ts'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { alert, at, declaration, people, RESOLVE, ROOT_CAUSE, story } from './sample-incident.ts'

const ALERTMANAGER: Actor = { person: null, door: 'alert' }
const WORSE = { kind: 'declared-again', title: 'acp down', severity: 'critical' } as const
const REST = { severity: null, category: null, impact: null, expectedResolution: null }

test('declared again as a worse one, it is a worse one: people are rung, and the answer says so', () => {
  const tale = story({ severity: 'medium' })
  tale.fresh('page')
  const answer = tale.tell(ana, WORSE)
  assert.equal(answer.text, 'joined INC-7 (acp down), which is Critical')
  assert.equal(tale.incident.severity, 'critical')
  assert.equal(people(tale.fresh('page')).length, 4)
})

for (const end of ['resolved', 'closed'] as const) {
  test(`declared again as a worse one when it is ${end}, everybody is rung, once`, () => {
    const tale = story({ severity: 'medium' })
    tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
    if (end === 'closed') tale.does(ana, { kind: 'close' })
    tale.now = at(1_440)
    tale.fresh('page')
    tale.does(ana, WORSE)
    const { status, severity, acknowledged } = tale.incident
    assert.deepEqual([status, severity, acknowledged], ['investigating', 'critical', null])
    assert.equal(people(tale.fresh('page')).length, 4)
  })
}

test('an alert that fires again, and is worse, rings everybody once', () => {
  const tale = story({ severity: 'medium', by: ALERTMANAGER, alerts: [alert({ severity: 'warning' })] })
  tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
  tale.fresh('page')
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ fingerprint: 'f2' })] })
  assert.deepEqual([tale.incident.status, tale.incident.severity], ['investigating', 'critical'])
  assert.equal(people(tale.fresh('page')).length, 4)
})

const JOINS = { kind: 'alerts', alerts: [alert({ fingerprint: 'f2' })] } as const

for (const [category, severity, rung] of [
  ['availability', 'critical', [ana, ben, cy, dee]],
  ['performance', 'high', [ben, ana]],
] as const) {
  test(`a critical alert joins what somebody has, and makes it ${severity}: people are rung, and the holder keeps it`, () => {
    const tale = story({ severity: 'medium', category, by: ALERTMANAGER, alerts: [alert({ severity: 'warning' })] })
    tale.does(ben, { kind: 'acknowledge' })
    tale.now = at(40)
    tale.fresh('page')
    tale.tell(ALERTMANAGER, JOINS)
    assert.deepEqual(new Set(people(tale.fresh('page'))), new Set(rung))
    assert.deepEqual([tale.incident.severity, tale.incident.acknowledged?.by], [severity, ben])
    assert.equal(tale.incident.paging.nextAt, null)
    tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ fingerprint: 'f3' })] })
    assert.deepEqual(tale.fresh('page'), [], 'it is not worse than it was')
    tale.does(rung[0], { kind: 'acknowledge' })
    assert.deepEqual(new Set(tale.fresh('quiet-pages')[0]?.people), new Set(rung))
    tale.does(cy, { kind: 'acknowledge' })
    assert.deepEqual(tale.fresh('quiet-pages')[0]?.people, [cy], 'the others have fallen silent')
  })
}

test('whoever has it and says nothing when it turns critical at night is asked, and loses it', () => {
  const tale = story({ severity: 'medium', by: ALERTMANAGER, alerts: [alert({ severity: 'warning' })] })
  tale.does(ana, { kind: 'acknowledge' })
  tale.until(at(500))
  tale.tell(ALERTMANAGER, JOINS)
  tale.until(at(509))
  assert.deepEqual([tale.incident.acknowledged?.by, tale.incident.acknowledged?.askedAt], [ana, at(500)])
  tale.fresh('page')
  tale.until(at(510))
  assert.deepEqual([tale.incident.acknowledged, people(tale.fresh('page'))], [null, [ana]])
  tale.does(cy, { kind: 'acknowledge' })
  assert.deepEqual(new Set(tale.fresh('quiet-pages')[0]?.people), new Set([ana, ben, cy, dee]))
})

for (const end of ['resolved', 'closed'] as const) {
  test(`an alert that fires anew opens an incident that is ${end}, also when nobody told of its end`, () => {
    const tale = story({ by: ALERTMANAGER, alerts: [alert({ since: at(4) })], severity: 'medium' })
    const fires = (since: string, again?: boolean) =>
      tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ since })], ...(again === true ? { again } : {}) })
    if (end === 'closed') tale.does(ana, { kind: 'false-alarm', reason: 'a drill' })
    else tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
    tale.now = at(7)
    tale.fresh('page')
    assert.equal(fires(at(4), true).text, 'nothing new', 'it is the same one')
    assert.equal(tale.incident.status, end)
    assert.equal(fires(at(7), true).text, 'ServiceDown on alpha fires')
    assert.equal(tale.incident.status, 'investigating')
    assert.ok(people(tale.fresh('page')).length > 0)
  })
}

for (const end of ['resolved', 'dismissed'] as const) {
  test(`a critical alert that still fires ten minutes after its incident was ${end} opens it again`, () => {
    const tale = story({ by: ALERTMANAGER, alerts: [alert()], severity: 'medium' })
    const said = { kind: 'alerts', again: true, alerts: [alert()] } as const
    if (end === 'dismissed') tale.does(ana, { kind: 'false-alarm', reason: 'a drill' })
    else tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
    const { status } = tale.incident
    tale.now = at(9)
    assert.equal(tale.tell(ALERTMANAGER, said).text, 'nothing new', 'its end may be under way')
    tale.now = at(240)
    assert.equal(tale.tell(ALERTMANAGER, { ...said, again: false }).text, 'nothing new')
    assert.equal(tale.incident.status, status)
    tale.tell(ALERTMANAGER, said)
    assert.equal(tale.incident.status, 'investigating')
    tale.now = at(480)
    assert.equal(tale.tell(ALERTMANAGER, said).text, 'nothing new', 'it is open')
  })
}

test('how many alerts came along that nobody has named stands in the timeline', () => {
  const tale = story({ by: ALERTMANAGER, alerts: [] })
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert()], cutOff: 480 })
  assert.equal(tale.incident.timeline.at(-1)?.text, 'ServiceDown on alpha fires; 480 more alerts were cut off')
})

test('an open incident takes no note of an alert that it knows to fire, and knows since when', () => {
  const tale = story({ by: ALERTMANAGER, alerts: [alert()] })
  const { entries } = tale.incident
  tale.tell(ALERTMANAGER, { kind: 'alerts', again: true, alerts: [alert({ since: at(7) })] })
  assert.deepEqual([tale.incident.entries, tale.incident.alerts[0]?.since], [entries, at(7)])
})

test('a warning that fires anew does not open what is over: only its end makes it news', () => {
  const tale = story({ by: ALERTMANAGER, alerts: [alert({ severity: 'warning' })], severity: 'medium' })
  tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
  tale.now = at(9)
  tale.tell(ALERTMANAGER, { kind: 'alerts', again: true, alerts: [alert({ severity: 'warning', since: at(7) })] })
  assert.equal(tale.incident.status, 'resolved')
})

test('declared again as a lesser one, or without a word about it, it stays as bad as it is', () => {
  const tale = story({ severity: 'high', impact: 'slow' })
  for (const severity of ['low', 'high'] as const) tale.does(ben, { ...WORSE, severity, impact: 'nothing works' })
  tale.does(ben, { kind: 'declared-again', title: 'acp down' })
  assert.deepEqual([tale.incident.severity, tale.incident.impact], ['high', 'slow'])
  assert.match(tale.incident.timeline.at(-2)?.text ?? '', /nothing works/, 'what was said is not lost')
})

test('the message of a start says all that the declaration says', () => {
  const declared = declaration({ severity: 'critical', hosts: ['beta'], impact: 'nothing works' })
  const message = joining(declared)
  const tale = story({ severity: 'low' })
  tale.does(ana, message.command)
  const { severity, systems, impact } = tale.incident
  assert.deepEqual([severity, systems, impact], ['critical', ['alpha', 'beta'], 'nothing works'])
  assert.deepEqual(incidentStart('incident:x', declared, message).signalArgs, [message])
})

test('a message of before severities were told is still a command, and one with nonsense is none', () => {
  assert.ok(isCommand({ kind: 'declared-again', title: 'x' }))
  assert.ok(isCommand({ kind: 'alerts', alerts: [] }))
  assert.equal(isCommand({ kind: 'alerts', alerts: [], again: 'yes' }), false)
  const nonsense = [{ severity: 'huge' }, { hosts: 'alpha' }, { impact: 7 }, { via: 'INC-7' }, { via: [1.5] }]
  for (const field of nonsense) assert.equal(isCommand({ kind: 'declared-again', title: 'x', ...field }), false)
})

test('a host that comes later is concerned, and is looked at', () => {
  const looks = (tale: ReturnType<typeof story>) => tale.fresh('collect-evidence').length
  const tale = story({ hosts: ['alpha'], alerts: [alert()] })
  looks(tale)
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ fingerprint: 'f2', instance: 'beta' })] })
  assert.deepEqual([tale.incident.systems, looks(tale)], [['alpha', 'beta'], 1])
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ fingerprint: 'f3', instance: 'beta' })] })
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ instance: 'gamma', state: 'resolved' })] })
  assert.deepEqual([tale.incident.systems, looks(tale)], [['alpha', 'beta'], 0])
  tale.does(ana, { ...REST, kind: 'classify', systems: ['beta', 'vpn'] })
  assert.deepEqual([tale.incident.systems, looks(tale)], [['beta', 'vpn'], 1])
  tale.does(ana, { ...REST, kind: 'classify', systems: ['beta'] })
  assert.deepEqual([tale.incident.systems, looks(tale)], [['beta'], 0])
})

test('where every host is concerned, none comes to them', () => {
  const tale = story({ hosts: [] })
  tale.fresh('collect-evidence')
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ instance: 'beta' })] })
  assert.deepEqual([tale.incident.systems, tale.fresh('collect-evidence')], [[], []])
})

test('a later look adds to what was found, and the first one after it was opened again replaces it', () => {
  const tale = story()
  const found = (host: string, weight: number) => ({
    kind: 'evidence-collected' as const,
    evidence: [{ host, collector: 'disk', state: 'collected' as const, summary: 'full', artefact: null }],
    hypotheses: [{ id: `disk-full:${host}`, title: 'the disk is full', weight, evidence: [], workaround: null }],
  })
  const hosts = () => [
    tale.incident.evidence.map(({ host }) => host),
    tale.incident.hypotheses.map(({ weight }) => weight),
  ]
  tale.now = at(1)
  tale.hears(found('alpha', 40))
  tale.hears(found('beta', 60))
  assert.deepEqual(hosts(), [
    ['alpha', 'beta'],
    [60, 40],
  ])
  tale.now = at(2)
  tale.does(ana, ROOT_CAUSE, RESOLVE, { kind: 'reopen', reason: 'again' })
  tale.now = at(3)
  tale.hears(found('alpha', 10))
  assert.deepEqual(hosts(), [['alpha'], [10]])
})

test('a crowd of warnings pushes out no critical alert that fires', () => {
  const warnings = Array.from({ length: 60 }, (_, index) => alert({ fingerprint: `w${index}`, severity: 'warning' }))
  const { alerts } = linked(linked([], warnings).alerts, [alert({ fingerprint: 'c' })])
  assert.deepEqual([alerts.length, criticalFiring({ alerts }).map(({ fingerprint }) => fingerprint)], [50, ['c']])
})
