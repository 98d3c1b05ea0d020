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

type Level = Alert['level']

/** Host f1 goes down and comes back for six minutes: its incident is open, and its cause flaps. */
function flapping(changes: Partial<AlertContext> = {}, level: Level = 'critical') {
  let state: AlertState = newAlertState('opencode-acp/availability', MONDAY)
  const play = (step: { readonly state: AlertState; readonly effects: readonly AlertEffect[] }) => {
    state = step.state
    return toldIn(step.effects)
  }
  const hear = (alerts: readonly Alert[], minutes: number) =>
    play(judge(state, batch(alerts, at(minutes)), context(at(minutes), changes)))
  const flap = (minute: number) => {
    const one = alert({ level, startsAt: at(minute - (minute % 2)) })
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

const second = (minutes: number, fingerprint = 'f2', level: Level = 'critical') =>
  alert({ fingerprint, level, instance: 'beta', startsAt: at(minutes) })

test('a second host that goes down while the first one flaps reaches the incident at once, and so does its end', () => {
  const story = flapping({}, 'warning')
  assert.deepEqual(story.flap(6), [])
  assert.deepEqual(story.hear([second(6.5)], 6.5), ['f1 firing', 'f2 firing'])
  assert.deepEqual(story.flap(7), [])
  assert.deepEqual(story.hear([over(second(6.5), at(8))], 8), ['f2 resolved'])
  assert.equal(story.state().flapping?.untold, 3)
})

for (const [level, fires] of [
  ['warning', 0],
  ['critical', 1],
] as const) {
  test(`when a second host flaps, too, its ends are hidden from its third one on, and its firings when they are ${level}: ${fires === 0}`, () => {
    const story = flapping({}, level)
    const one = (minute: number) => second(minute, 'f2', level)
    const told = [7, 9, 11, 13].map(minute => {
      const up = story.hear([one(minute)], minute)
      const isTold = (words: readonly string[]) => words.filter(word => word.startsWith('f2')).length
      return [isTold(up), isTold(story.hear([over(one(minute), at(minute + 1))], minute + 1))]
    })
    assert.deepEqual(told, [
      [1, 1],
      [1, 1],
      [fires, 0],
      [fires, 0],
    ])
  })
}

test('a critical alert that fires after its incident was resolved reaches it at once, as a return, though its end was hidden', () => {
  const story = flapping()
  const steps = judge(story.state(), batch([alert({ startsAt: at(7) })], at(7)), context(at(7)))
  const [effect] = steps.effects.filter(({ kind }) => kind !== 'log')
  assert.ok(effect?.kind === 'open-incident' && effect.message.command.kind === 'alerts')
  assert.equal(effect.message.command.again, true)
  assert.deepEqual(toldIn([effect]), ['f1 firing'])
})

test('what is hidden is told within a quarter of an hour, however long it goes on', () => {
  const story = flapping({}, 'warning')
  const told: (readonly [number, string])[] = []
  for (let minute = 6; minute < 60; minute += 1) {
    for (const word of [...story.clock(minute), ...story.flap(minute)]) told.push([minute, word])
  }
  assert.deepEqual(told, [
    [20, 'f1 resolved'],
    [35, 'f1 firing'],
    [50, 'f1 resolved'],
  ])
  assert.equal(story.state().flapping?.hiddenSince, at(50))
})

test('what our own restart explains is not told with what was hidden, and opens nothing again unless it outlasts the grace (T88)', () => {
  const story = flapping({}, 'warning')
  const restarts = [{ target: 'beta', at: at(18), reason: 'patch' }]
  const down = second(18)
  story.restore(judge(story.state(), batch([down], at(18.5)), context(at(18.5), { restarts })).state)
  assert.deepEqual(story.clock(20), ['f1 resolved'])
  assert.deepEqual(story.clock(23), ['f2 firing'])
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
  const story = flapping({ tellsSteady: false, tellsCritical: false })
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

const order = (minutes: number, length: number) =>
  length === 0 ? null : { until: at(minutes + length), by: 'ana', reason: 'known' }

test('at no time is what an incident believes wrong for longer than the window, nor a critical alert unheard for half a minute', () => {
  const moment = fc.record({
    seconds: fc.integer({ min: 1, max: 240 }),
    // The severity is part of what a fingerprint is made of.
    which: fc.constantFrom(['f1', 'critical'], ['f2', 'critical'], ['f3', 'warning'], ['f4', 'info']),
    isOver: fc.boolean(),
    /** Minutes; 0 lifts what there is. */
    silence: fc.option(fc.integer({ min: 0, max: 90 }), { freq: 8 }),
  } as const)
  fc.assert(
    fc.property(fc.array(moment, { minLength: 10, maxLength: 80 }), moments => {
      let state = judge(
        newAlertState('opencode-acp/availability', MONDAY),
        batch([alert()], MONDAY),
        context(MONDAY),
      ).state
      const believed = new Map([['f1', 'firing']])
      const wrongSince = new Map<string, number>()
      const take = (step: { readonly state: AlertState; readonly effects: readonly AlertEffect[] }, now: number) => {
        state = step.state
        for (const word of toldIn(step.effects)) believed.set(...(word.split(' ') as [string, string]))
        for (const { fingerprint, state: is, level } of state.alerts) {
          // What fires may be kept back by a silence, what ends may not.
          const isKept = state.silence !== null && is === 'firing'
          const isRight = isKept || (believed.get(fingerprint) ?? 'resolved') === is
          if (isRight) wrongSince.delete(fingerprint)
          else if (!wrongSince.has(fingerprint)) wrongSince.set(fingerprint, now)
          const minutes = now - (wrongSince.get(fingerprint) ?? now)
          assert.ok(minutes <= (is === 'firing' && level === 'critical' ? 0.5 : 15) + 1e-6, `${fingerprint} ${minutes}`)
        }
      }
      /** All that is due until then, each at its time. */
      const clock = (until: number) => {
        for (;;) {
          const due = nextDue(state)
          const minutes = due === null ? Infinity : (Date.parse(due) - Date.parse(MONDAY)) / 60_000
          if (minutes > until) return
          take(elapse(state, context(at(minutes))), minutes)
        }
      }
      let minutes = 0
      for (const { seconds, which, isOver, silence: length } of moments) {
        const [print, level] = which
        minutes += seconds / 60
        clock(minutes)
        if (length !== null) take(silence(state, order(minutes, length), context(at(minutes))), minutes)
        const one = alert({ fingerprint: print, level, startsAt: at(minutes) })
        take(judge(state, batch([isOver ? over(one, at(minutes)) : one], at(minutes)), context(at(minutes))), minutes)
      }
      clock(minutes + 60)
    }),
  )
})
