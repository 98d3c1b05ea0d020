/** Resolved while an alert fires, as far as anybody knows. Monday 23 November 2026, 10:00 in Berlin, is minute 0. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LinkedAlert } from '../../../domain/incident/incident.ts'
import type { AlertReading } from '../../../domain/incident/looked-up.ts'
import { ana } from '../../support/team.ts'
import { alert, at, MONDAY, people, RESOLVE, ROOT_CAUSE, type Story, story } from './sample-incident.ts'

const ALERTS = { person: null, door: 'alert' } as const

function reading(state: AlertReading['state'], differs: Partial<AlertReading> = {}): AlertReading {
  return { fingerprint: 'f1', since: MONDAY, state, silencedUntil: null, ...differs }
}

/** At minute 42. */
function resolved(alerts: readonly LinkedAlert[] = [alert()], differs: Parameters<typeof story>[0] = {}): Story {
  const tale = story({ alerts, ...differs })
  tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE)
  tale.now = at(42)
  tale.does(ana, RESOLVE)
  tale.fresh('page')
  return tale
}

function looksUp(tale: Story, ...readings: readonly AlertReading[]): void {
  assert.equal(tale.fresh('look-up-alerts').length, 1)
  tale.hears({ kind: 'alerts-looked-up', readings })
}

function last(tale: Story, kind: string): string | undefined {
  return tale.incident.timeline.findLast(entry => entry.kind === kind)?.text
}

describe('half an hour after the resolution Alertmanager is asked', () => {
  test('people may know more until then; what still fires opens it again, each time', () => {
    const tale = resolved([alert(), alert({ fingerprint: 'f2', name: 'HighCPU', severity: 'warning' })])
    tale.until(at(71))
    assert.deepEqual(tale.fresh('look-up-alerts'), [])
    tale.until(at(72))
    assert.equal(tale.incident.status, 'resolved')
    looksUp(tale, reading('firing'))
    assert.deepEqual([tale.incident.status, tale.incident.acknowledged], ['investigating', null])
    assert.equal(
      last(tale, 'reopened'),
      'opened again: ServiceDown on alpha still fires 30 minutes after it was resolved',
    )
    assert.equal(people(tale.fresh('page')).length, 4)
    tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
    tale.until(at(101))
    assert.deepEqual(tale.fresh('look-up-alerts'), [])
    tale.until(at(102))
    looksUp(tale, reading('firing'))
    assert.equal(tale.incident.status, 'investigating')
  })

  test('what has ended, and nobody told of it, opens nothing', () => {
    const tale = resolved()
    tale.until(at(72))
    looksUp(tale, reading('ended'))
    assert.equal(tale.incident.status, 'resolved')
    assert.deepEqual(tale.incident.alerts, [alert({ state: 'resolved', since: at(72) })])
    assert.equal(
      last(tale, 'alerts'),
      'ServiceDown on alpha has stopped: Alertmanager was asked, and had not told of it',
    )
    tale.until(at(48 * 60))
    assert.equal(tale.incident.status, 'resolved')
    assert.deepEqual([tale.fresh('page'), tale.fresh('look-up-alerts')], [[], []])
  })

  test('one of two has ended: the other one opens it again', () => {
    const tale = resolved([alert(), alert({ fingerprint: 'f2', instance: 'beta' })])
    tale.until(at(72))
    looksUp(tale, reading('ended'), reading('firing', { fingerprint: 'f2' }))
    assert.match(last(tale, 'reopened') ?? '', /: ServiceDown on beta still fires 30 minutes/)
  })

  test('that nobody can say is no end, and the words say so', () => {
    const tale = resolved()
    tale.until(at(72))
    looksUp(tale, reading('unknown'))
    assert.equal(tale.incident.status, 'investigating')
    assert.match(last(tale, 'reopened') ?? '', /after it was resolved, as far as is known: Alertmanager cannot say$/)
  })

  test('what has begun anew while the answer was on its way has not ended', () => {
    const tale = resolved()
    tale.until(at(72))
    tale.tell(ALERTS, { kind: 'alerts', alerts: [alert({ since: at(71) })] })
    looksUp(tale, reading('ended'))
    assert.equal(tale.incident.alerts[0]?.state, 'firing')
  })

  test('an answer that comes after it was opened again, or resolved once more, opens nothing', () => {
    const tale = resolved()
    tale.until(at(72))
    tale.does(ana, { kind: 'reopen', reason: 'it is slow' })
    tale.hears({ kind: 'alerts-looked-up', readings: [reading('firing')] })
    assert.equal(tale.incident.reopened, 1)
    tale.does(ana, ROOT_CAUSE, RESOLVE)
    tale.hears({ kind: 'alerts-looked-up', readings: [reading('firing')] })
    assert.deepEqual([tale.incident.status, tale.incident.reopened], ['resolved', 1])
  })

  test('nobody is asked for what has stopped by then', () => {
    const tale = resolved([alert()], { severity: 'medium' })
    tale.now = at(50)
    tale.tell(ALERTS, { kind: 'alerts', alerts: [alert({ state: 'resolved' })] })
    tale.until(at(120))
    assert.deepEqual(tale.fresh('look-up-alerts'), [])
    tale.does(ana, { kind: 'close' })
  })
})

describe('whose cause people have silenced', () => {
  for (const state of ['firing', 'unknown'] as const) {
    test(`does not open it again before the silence ends: ${state}`, () => {
      const tale = resolved()
      tale.until(at(72))
      looksUp(tale, reading(state, { silencedUntil: at(200) }))
      assert.deepEqual([tale.incident.status, tale.fresh('page')], ['resolved', []])
      assert.match(
        last(tale, 'alerts') ?? '',
        /^ServiceDown on alpha still fires, silenced: not opened again for that before 2026-11-23 13:20/,
      )
      tale.refuses(ana, { kind: 'close' }, /the end of its alert ServiceDown on alpha, which still fires$/)
      tale.until(at(199))
      assert.deepEqual(tale.fresh('look-up-alerts'), [])
      tale.until(at(200))
      looksUp(tale, reading('firing', { silencedUntil: at(200) }))
      assert.match(last(tale, 'reopened') ?? '', /ServiceDown on alpha still fires 158 minutes after it was resolved$/)
    })
  }

  test('is looked up once more for each silence that follows', () => {
    const tale = resolved()
    tale.until(at(72))
    looksUp(tale, reading('firing', { silencedUntil: at(200) }))
    tale.until(at(200))
    looksUp(tale, reading('firing', { silencedUntil: at(300) }))
    tale.until(at(300))
    looksUp(tale, reading('ended'))
    tale.until(at(48 * 60))
    assert.deepEqual([tale.incident.status, tale.fresh('look-up-alerts')], ['resolved', []])
  })

  test('the other one, which nobody has silenced, opens it again', () => {
    const tale = resolved([alert(), alert({ fingerprint: 'f2', instance: 'beta' })])
    tale.until(at(72))
    looksUp(tale, reading('firing', { silencedUntil: at(200) }), reading('firing', { fingerprint: 'f2' }))
    assert.match(last(tale, 'reopened') ?? '', /: ServiceDown on beta still fires 30 minutes/)
  })

  test('resolved once more, it has its half hour, whatever was silenced before', () => {
    const tale = resolved()
    tale.until(at(72))
    looksUp(tale, reading('firing', { silencedUntil: at(900) }))
    tale.does(ana, { kind: 'reopen', reason: 'it is slow' }, ROOT_CAUSE, RESOLVE)
    tale.until(at(102))
    looksUp(tale, reading('firing'))
    assert.equal(tale.incident.status, 'investigating')
  })
})

describe('as long as an alert fires', () => {
  test('the answers to resolve and close name it', () => {
    const tale = story({ alerts: [alert()] })
    tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE)
    assert.match(
      tale.tell(ana, RESOLVE).text,
      /^resolved; before it is closed: .*the end of its alert ServiceDown on alpha, which still fires$/,
    )
    tale.refuses(ana, { kind: 'close' }, /missing: .*the end of its alert ServiceDown on alpha, which still fires$/)
    const unsure = tale.tell(ana, { kind: 'close' }, [], [reading('unknown')])
    assert.match(unsure.text, /ServiceDown on alpha, which still fires, as far as is known: Alertmanager cannot say$/)
  })
})
