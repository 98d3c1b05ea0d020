/** Whom a silence is for: whoever was rung, and nobody else is looked for. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { at, people, RESOLVE, ROOT_CAUSE, type Story, story } from './sample-incident.ts'

const silenced = (tale: Story) => tale.fresh('quiet-pages').map(effect => effect.people)

describe('a silence is for whoever was rung', () => {
  test('the first tier alone', () => {
    const tale = story({ severity: 'high' })
    assert.deepEqual(people(tale.effects.filter(effect => effect.kind === 'page')), [ana])
    tale.does(ana, { kind: 'acknowledge' })
    assert.deepEqual(silenced(tale), [[ana]])
  })

  test('all hands, all tiers, and somebody who was asked for by name', () => {
    const tale = story({ severity: 'high' })
    tale.until(at(120))
    tale.does(cy, { kind: 'page', person: ben, message: 'the database' }, { kind: 'acknowledge' })
    assert.deepEqual(new Set(silenced(tale)[0]), new Set([ana, cy, dee, ben]))
    const critical = story()
    critical.does(ana, { kind: 'acknowledge' })
    const rung = people(critical.effects.filter(effect => effect.kind === 'page'))
    assert.deepEqual(silenced(critical), [rung])
  })

  test('also when the severity was raised meanwhile, and paging began anew', () => {
    const tale = story({ severity: 'high' })
    tale.until(at(120))
    const before = new Set(people(tale.effects.filter(effect => effect.kind === 'page')))
    tale.does(cy, {
      kind: 'classify',
      severity: 'critical',
      category: null,
      impact: null,
      systems: null,
      expectedResolution: null,
    })
    tale.does(ana, { kind: 'acknowledge' })
    const [last] = silenced(tale).slice(-1)
    for (const person of before) assert.ok(last?.includes(person), person)
  })

  for (const end of [
    { kind: 'false-alarm', reason: 'a test' },
    { kind: 'merge', into: 'INC-3' },
  ] as const) {
    test(`also when it ends by ${end.kind}, and nobody is rung for it after that`, () => {
      const tale = story()
      const rung = people(tale.fresh('page'))
      tale.does(ana, end)
      assert.deepEqual([rung.length, silenced(tale)], [4, [rung]])
      assert.deepEqual(tale.incident.paging.rung, [])
    })
  }

  test('nobody when nobody was rung', () => {
    const tale = story({ severity: 'low' })
    tale.does(ana, { kind: 'acknowledge' })
    assert.deepEqual(silenced(tale), [[]])
  })

  test('everybody in an incident that began before this was written down', () => {
    const tale = story({ severity: 'high' })
    const { rung: _, ...paging } = tale.incident.paging
    tale.incident = { ...tale.incident, paging }
    tale.until(at(120))
    tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
    assert.ok(silenced(tale).length > 0)
    for (const effect of tale.effects) if (effect.kind === 'quiet-pages') assert.equal(effect.people, undefined)
  })
})

describe('whoever answers is rung no more, also when they have it already', () => {
  for (const word of ['acknowledge', 'still-on-it'] as const) {
    test(`the holder, asked for by name, says "${word}"`, () => {
      const tale = story({ severity: 'high' })
      tale.does(ana, { kind: 'acknowledge' })
      tale.does(cy, { kind: 'page', person: ana, message: 'the database' })
      tale.hears({ kind: 'page-sent', person: ana, delivered: null, failed: [], phone: '+1' })
      tale.fresh('page')
      tale.does(ana, { kind: word })
      assert.deepEqual(silenced(tale), [[ana]])
      assert.deepEqual(tale.incident.paging.unreached, [])
    })
  }

  for (const what of ['acknowledgement', 'commander'] as const) {
    test(`whoever was asked for and accepts: ${what}`, () => {
      const tale = story({ severity: 'high' })
      tale.does(ana, { kind: 'acknowledge' }, { kind: 'role', role: 'commander', person: ana })
      tale.does(ana, { kind: 'page', person: ben, message: '' }, { kind: 'hand-off', what, to: ben })
      tale.fresh('page')
      tale.does(ben, { kind: 'accept', offer: tale.incident.offers[0]?.id ?? '' })
      assert.deepEqual(silenced(tale), [[ben]])
    })
  }
})
