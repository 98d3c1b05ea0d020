/** Duplicates: into what they may be merged, what the other one hears, and that no message goes round for ever. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isCommand } from '../../../domain/incident/command-shape.ts'
import type { Effect } from '../../../domain/incident/effects.ts'
import type { Actor } from '../../../domain/incident/incident.ts'
import type { Standing } from '../../../domain/incident/start.ts'
import { ana, ben, cy } from '../../support/team.ts'
import { alert, people, type Story, story } from './sample-incident.ts'

const OPS: Actor = { person: null, door: 'ops' }
const ALERTMANAGER: Actor = { person: null, door: 'alert' }

function numbered(number: number): Story {
  const tale = story({ title: `trouble ${number}` })
  tale.incident = { ...tale.incident, number, key: `k${number}` }
  tale.fresh('tell-incident')
  return tale
}

const isTelling = (effect: Effect) => effect.kind === 'tell-incident'

for (const [survivor, words] of [
  ['absent', /there is no INC-999/],
  ['closed', /INC-999 is closed/],
  ['unknown', /nobody can say now whether INC-999 is open/],
] as const satisfies readonly (readonly [Standing, RegExp])[]) {
  test(`it stays open when the other one is ${survivor}`, () => {
    const tale = story()
    tale.survivor = survivor
    tale.refuses(ana, { kind: 'merge', into: 'INC-999' }, words)
    assert.notEqual(tale.incident.paging.nextAt, null)
  })
}

test('without a number of its own it is not merged', () => {
  numbered(0).refuses(ana, { kind: 'merge', into: 'INC-3' }, /no number yet/)
})

test('the other one learns how bad it is, where, and what fires', () => {
  const worse = story({ hosts: ['beta'], impact: 'nobody can work', alerts: [alert()] })
  worse.does(ana, { kind: 'merge', into: 'INC-3' })
  const survivor = story({ severity: 'medium', hosts: ['alpha'], alerts: [] })
  survivor.fresh('page')
  for (const { command } of worse.fresh('tell-incident')) assert.equal(survivor.tell(OPS, command).outcome, 'done')
  const { severity, systems, impact, alerts } = survivor.incident
  assert.deepEqual([severity, systems, impact, alerts.length], ['critical', ['alpha', 'beta'], 'nobody can work', 1])
  assert.notEqual(survivor.fresh('page').length, 0)
})

test('the other one takes over what is still to be done, once, whatever way it comes, and the owners hear of it', () => {
  const tale = story()
  const followUp = { kind: 'follow-up', about: 'prevention', owner: cy, due: '2026-12-01' } as const
  tale.does(ana, { ...followUp, title: 'done' }, { ...followUp, title: 'rotate the logs' })
  tale.does(ana, { kind: 'follow-up-done', number: 1 }, { kind: 'merge', into: 'INC-3' })
  const survivor = numbered(3)
  for (const { command } of [...tale.fresh('tell-incident'), ...tale.effects.filter(isTelling)]) {
    assert.ok(isCommand(command))
    survivor.tell(OPS, command)
  }
  const passed = { number: 1, kind: 'prevention', title: 'rotate the logs', owner: cy, due: '2026-12-01', doneAt: null }
  assert.deepEqual(survivor.incident.followUps, [{ ...passed, from: 'INC-7/2' }])
  assert.deepEqual(
    survivor.fresh('tell').map(({ person, text }) => [person, text]),
    [[cy, 'Your follow-up INC-7/2 goes on as 1 of INC-3: rotate the logs, due 2026-12-01']],
  )
  survivor.does(ana, { kind: 'merge', into: 'INC-1' })
  const [next] = survivor.fresh('tell-incident')
  assert.deepEqual(next?.command.kind === 'declared-again' && next.command.followUps?.map(({ from }) => from), [
    'INC-7/2',
  ])
})

test('merged into each other, the one that goes on has the follow-ups of both', () => {
  const tales = [numbered(1), numbered(2)] as const
  for (const [index, tale] of tales.entries()) {
    const title = `of ${index + 1}`
    tale.does(ana, { kind: 'follow-up', about: 'monitoring', title, owner: ana, due: '2026-12-01' })
    tale.does(ana, { kind: 'merge', into: `INC-${2 - index}` })
  }
  settled(tales)
  assert.deepEqual(
    tales[0].incident.followUps.map(({ title }) => title),
    ['of 1', 'of 2'],
  )
})

test('whoever was told of a duplicate is told where it goes on, and nobody else', () => {
  const tale = story()
  tale.fresh('announce')
  tale.does(ana, { kind: 'merge', into: 'INC-3' })
  const [notice, ...more] = tale.fresh('announce')
  assert.deepEqual([notice?.audiences, more], [['ops', 'management'], []])
  assert.match(notice?.subject ?? '', /^\[UPDATE\]/)
  assert.match(notice?.text ?? '', /INC-7 \(acp down\) is the same as INC-3/)
  const quiet = story({ severity: 'low' })
  quiet.does(ana, { kind: 'merge', into: 'INC-3' })
  assert.deepEqual(quiet.fresh('announce'), [])
})

test('when the other one cannot be told, it is open again and people are rung', () => {
  const tale = story()
  tale.does(ana, { kind: 'merge', into: 'INC-3' })
  tale.hears({ kind: 'not-passed-on', number: 4, why: 'a word of another time' })
  assert.equal(tale.incident.status, 'closed')
  tale.fresh('page')
  tale.hears({ kind: 'not-passed-on', number: 3, why: 'INC-3 has ended' })
  assert.deepEqual([tale.incident.status, tale.incident.mergedInto], ['investigating', null])
  assert.equal(people(tale.fresh('page')).length, 4)
})

test('what still comes for a duplicate is told where it goes on, whoever says it', () => {
  const tale = story({ alerts: [alert()] })
  tale.does(ana, { kind: 'merge', into: 'INC-3' })
  tale.fresh('tell-incident')
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ state: 'resolved' })] })
  tale.tell(ben, { kind: 'declared-again', title: 'down', severity: 'high' })
  tale.tell(OPS, { kind: 'declared-again', title: 'down as well', via: [9] })
  assert.deepEqual(
    tale.fresh('tell-incident').map(({ number, command }) => [number, command.kind, 'via' in command && command.via]),
    [
      [3, 'alerts', [7]],
      [3, 'declared-again', [7]],
      [3, 'declared-again', [9, 7]],
    ],
  )
})

/** Delivers what they tell each other until nobody says anything; returns how many messages it took. */
function settled(tales: readonly Story[]): number {
  for (let delivered = 0; ; ) {
    const waiting = tales.flatMap(tale => tale.fresh('tell-incident'))
    if (waiting.length === 0) return delivered
    for (const { number, command } of waiting) {
      delivered += 1
      assert.ok(delivered < 1_000, 'they go on for ever')
      tales[number - 1]?.tell(OPS, command)
    }
  }
}

test('two that are merged into each other: the first one goes on, and the message comes to rest', () => {
  const [first, second] = [numbered(1), numbered(2)]
  first.does(ana, { kind: 'merge', into: 'INC-2' })
  second.does(ben, { kind: 'merge', into: 'INC-1' })
  settled([first, second])
  assert.deepEqual([first.incident.status, second.incident.mergedInto], ['investigating', 'INC-1'])
})

test('whatever is merged into whatever at the same moment, each of them goes on as one that is open', () => {
  const size = 5
  const into = fc.array(fc.option(fc.integer({ min: 1, max: size })), { minLength: size, maxLength: size })
  fc.assert(
    fc.property(into, targets => {
      const tales = targets.map((_, index) => numbered(index + 1))
      targets.forEach((target, index) => {
        if (target !== null && target !== index + 1) tales[index]?.does(ana, { kind: 'merge', into: `INC-${target}` })
      })
      settled(tales)
      const stands = (tale: Story | undefined, hops = 0): boolean => {
        if (tale === undefined || hops > size) return false
        const { mergedInto, status } = tale.incident
        return mergedInto === null ? status !== 'closed' : stands(tales[Number(mergedInto.slice(4)) - 1], hops + 1)
      }
      assert.ok(tales.every(tale => stands(tale)))
      tales[0]?.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert({ fingerprint: 'later' })] })
      settled(tales)
      assert.ok(tales.some(({ incident }) => incident.mergedInto === null && incident.alerts.length === 1))
    }),
    { numRuns: 300 },
  )
})
