/** A cause that comes and goes: what its incident hears of the alerts that do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Alert } from '../../../domain/alerts/alert.ts'
import { nextDue } from '../../../domain/alerts/due.ts'
import type { AlertEffect } from '../../../domain/alerts/effects.ts'
import { type AlertContext, elapse, judge, silence, withoutIncident } from '../../../domain/alerts/rules.ts'
import { type AlertState, newAlertState } from '../../../domain/alerts/state.ts'
import { alert, at, batch, context, MONDAY, over } from './samples.ts'

/** Which alerts an incident is told of, and how they are. */
function toldIn(effects: readonly AlertEffect[]): readonly string[] {
  return effects.flatMap(effect =>
    (effect.kind === 'open-incident' || effect.kind === 'tell-incident') && effect.message.command.kind === 'alerts'
      ? effect.message.command.alerts.map(({ fingerprint, state }) => `${fingerprint} ${state}`)
      : [],
  )
}

/** Host f1 goes down and comes back for six minutes: its incident is open, and its cause flaps. */
function flapping(changes: Partial<AlertContext> = {}) {
  let state: AlertState = newAlertState('opencode-acp/availability', MONDAY)
  const play = (step: { readonly state: AlertState; readonly effects: readonly AlertEffect[] }) => {
    state = step.state
    return toldIn(step.effects)
  }
  const hear = (alerts: readonly Alert[], minutes: number) =>
    play(judge(state, batch(alerts, at(minutes)), context(at(minutes), changes)))
  const flap = (minute: number) => {
    const one = alert({ startsAt: at(minute - (minute % 2)) })
    return hear([minute % 2 === 0 ? one : over(one, at(minute))], minute)
  }
  for (let minute = 0; minute < 6; minute += 1) flap(minute)
  assert.notEqual(state.flapping, null)
  return {
    state: () => state,
    hear,
    flap,
    clock: (minutes: number) => play(elapse(state, context(at(minutes), changes))),
    silence: (minutes: number, until: number) =>
      play(silence(state, { until: at(until), by: 'ana', reason: 'known' }, context(at(minutes)))),
    closed: (minutes: number) => play(withoutIncident(state, context(at(minutes), changes))),
    restore: (old: AlertState) => {
      state = old
    },
  }
}

const second = (minutes: number, fingerprint = 'f2') => alert({ fingerprint, instance: 'beta', startsAt: at(minutes) })

test('a second host that goes down while the first one flaps reaches the incident at once, and so does its end', () => {
  const story = flapping()
  assert.deepEqual(story.flap(6), [])
  assert.deepEqual(story.hear([second(6.5)], 6.5), ['f1 firing', 'f2 firing'])
  assert.deepEqual(story.flap(7), [])
  assert.deepEqual(story.hear([over(second(6.5), at(8))], 8), ['f2 resolved'])
  assert.equal(story.state().flapping?.untold, 3)
})

test('when the second host flaps, too, it is damped like the first one', () => {
  const story = flapping()
  const told = [7, 9, 11, 13].map(minute => {
    const up = story.hear([second(minute)], minute)
    return [up.length, story.hear([over(second(minute), at(minute + 1))], minute + 1).length]
  })
  assert.deepEqual(told, [
    [1, 1],
    [1, 1],
    [0, 0],
    [0, 0],
  ])
})

test('what goes down right after another one is told together with others, half a minute later', () => {
  const story = flapping()
  assert.deepEqual(story.hear([second(6)], 6), ['f2 firing'])
  assert.deepEqual(story.hear([second(6.1, 'f3')], 6.1), [])
  assert.deepEqual(story.hear([second(6.2, 'f4')], 6.2), [])
  assert.deepEqual(story.hear([over(second(6, 'f2'), at(6.3))], 6.3), [])
  assert.equal(nextDue(story.state()), at(6.5))
  assert.deepEqual(story.clock(6.4), [])
  assert.deepEqual(story.clock(6.5), ['f3 firing', 'f4 firing', 'f2 resolved'])
  assert.deepEqual(story.clock(6.6), [])
})

test('hundreds that go down one by one are a few messages, and nobody is left out', () => {
  const story = flapping()
  const told = new Set<string>()
  let messages = 0
  const note = (words: readonly string[]) => {
    if (words.length > 0) messages += 1
    for (const word of words) told.add(word)
  }
  for (let index = 0; index < 40; index += 1) note(story.hear([second(7, `g${index}`)], 7 + index / 100))
  note(story.clock(7.5))
  assert.equal(messages, 2)
  assert.equal([...told].filter(word => word.startsWith('g')).length, 40)
})

test('nothing is owed to an incident that was closed, nor told under a silence', () => {
  const closed = flapping()
  closed.hear([second(6)], 6)
  closed.hear([second(6.1, 'f3')], 6.1)
  assert.deepEqual(closed.closed(6.2), ['f2 firing', 'f3 firing'])
  assert.deepEqual(closed.clock(6.5), [])

  const hushed = flapping()
  hushed.hear([second(6)], 6)
  hushed.hear([second(6.1, 'f3')], 6.1)
  hushed.silence(6.2, 10)
  assert.deepEqual(hushed.clock(6.5), [])
  assert.equal(nextDue(hushed.state()), at(10))
  assert.deepEqual(hushed.clock(10), ['f2 firing', 'f3 firing'])
})

test('a state that was carried over in its old form goes on', () => {
  const story = flapping()
  const { flapping: now, ...old } = story.state()
  story.restore({ ...old, flapping: { untold: now?.untold ?? 0 } })
  assert.deepEqual(story.hear([second(6)], 6), ['f2 firing'])
  assert.deepEqual(story.flap(7), [])
})

test('a run that began before goes on as it began: its recorded commands bind it', () => {
  const story = flapping({ tellsSteady: false })
  assert.deepEqual(story.hear([second(6)], 6), [])
  assert.equal(nextDue(story.state()), at(21))
  assert.deepEqual(story.clock(21), ['f1 resolved', 'f2 firing'])
})

test('an alert that never fired before reaches the incident within half a minute, whatever came before', () => {
  const before = fc.array(
    fc.record({
      seconds: fc.integer({ min: 1, max: 90 }),
      print: fc.constantFrom('f1', 'f2', 'f3', 'f4', 'f5'),
      level: fc.constantFrom('critical', 'warning'),
      isOver: fc.boolean(),
    } as const),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(before, moments => {
      let minutes = 1
      let state = judge(
        newAlertState('opencode-acp/availability', MONDAY),
        batch([alert()], MONDAY),
        context(MONDAY),
      ).state
      for (const { seconds, print, level, isOver } of moments) {
        minutes += seconds / 60
        state = elapse(state, context(at(minutes))).state
        const one = alert({ fingerprint: print, level, startsAt: at(minutes) })
        state = judge(state, batch([isOver ? over(one, at(minutes)) : one], at(minutes)), context(at(minutes))).state
      }
      minutes += 0.01
      const at0 = judge(state, batch([second(minutes, 'new')], at(minutes)), context(at(minutes)))
      const later = elapse(at0.state, context(at(minutes + 0.5)))
      assert.ok([...toldIn(at0.effects), ...toldIn(later.effects)].includes('new firing'))
    }),
  )
})
