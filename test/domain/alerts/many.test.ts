/** More alerts of one cause than are kept: what its incident believes of those that are let go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Alert } from '../../../domain/alerts/alert.ts'
import { nextDue } from '../../../domain/alerts/due.ts'
import type { AlertStep } from '../../../domain/alerts/effects.ts'
import { type AlertContext, elapse, judge, silence } from '../../../domain/alerts/rules.ts'
import { newAlertState } from '../../../domain/alerts/state.ts'
import type { LinkedAlert } from '../../../domain/incident/incident.ts'
import { criticalFiring, linked } from '../../../domain/incident/linked-alerts.ts'
import { alert, at, batch, context, MONDAY, over } from './samples.ts'

/** As many as the door passes on of one delivery. */
const SAMPLE = 20

/** A cause and its incident, which hears what it is told. */
function play(changes: Partial<AlertContext> = {}) {
  let state = newAlertState('opencode-acp/availability', MONDAY)
  let alerts: readonly LinkedAlert[] = []
  let minutes = 0
  const messages: number[] = []
  const take = (step: AlertStep) => {
    state = step.state
    for (const effect of step.effects) {
      if (!('message' in effect) || effect.message.command.kind !== 'alerts') continue
      messages.push(effect.message.command.alerts.length)
      alerts = linked(alerts, effect.message.command.alerts).alerts
    }
  }
  /** All that is due until then, each at its time. */
  const clock = (until: number) => {
    for (;;) {
      const due = nextDue(state)
      const next = due === null ? Infinity : (Date.parse(due) - Date.parse(MONDAY)) / 60_000
      if (next > until) break
      take(elapse(state, context(at(next), changes)))
    }
    minutes = until
  }
  return {
    messages,
    state: () => state,
    now: () => minutes,
    believes: () => criticalFiring({ alerts }),
    wait: (seconds: number) => clock(minutes + seconds / 60),
    hear: (said: readonly Alert[]) => take(judge(state, batch(said, at(minutes)), context(at(minutes), changes))),
    silence: (length: number) =>
      take(silence(state, { until: at(minutes + length), by: 'ana', reason: 'known' }, context(at(minutes), changes))),
  }
}

const one = (index: number, minutes: number) =>
  alert({ fingerprint: `f${index}`, instance: `h${index}`, startsAt: at(minutes) })

function endAll(story: ReturnType<typeof play>, count: number): void {
  for (let index = 0; index < count; index += SAMPLE) {
    story.wait(10)
    const now = story.now()
    story.hear(Array.from({ length: SAMPLE }, (_, next) => over(one(index + next, now), at(now))))
  }
  story.wait(3_600)
}

test('when all of sixty have ended, the incident believes of none that it fires', () => {
  const story = play()
  for (let index = 0; index < 60; index += SAMPLE) {
    story.wait(60)
    story.hear(Array.from({ length: SAMPLE }, (_, next) => one(index + next, story.now())))
  }
  assert.equal(story.believes().length, 50)
  endAll(story, 60)
  assert.deepEqual(story.believes(), [])
})

test('when all have ended, the incident believes of none that it fires, however many there were and whatever came between', () => {
  const moment = fc.record({
    seconds: fc.integer({ min: 1, max: 200 }),
    first: fc.integer({ min: 0, max: 159 }),
    count: fc.integer({ min: 1, max: SAMPLE }),
    isOver: fc.boolean(),
    silence: fc.option(fc.integer({ min: 1, max: 60 }), { freq: 10 }),
  })
  fc.assert(
    fc.property(fc.array(moment, { minLength: 10, maxLength: 40 }), moments => {
      const story = play()
      story.hear([one(0, 0)])
      for (const { seconds, first, count, isOver, silence: length } of moments) {
        story.wait(seconds)
        if (length !== null) story.silence(length)
        const now = story.now()
        const fired = Array.from({ length: count }, (_, next) => one((first + next) % 160, now))
        story.hear(isOver ? fired.map(alert => over(alert, at(now))) : fired)
      }
      assert.ok(story.state().alerts.length <= 100)
      endAll(story, 160)
      assert.deepEqual(story.believes(), [])
    }),
  )
})

test('in a flood the incident is told of those that are let go a few times, not with each alert', () => {
  const story = play()
  for (let index = 0; index < 500; index += 1) {
    story.hear([one(index, story.now())])
    story.wait(0.05)
  }
  assert.ok(story.messages.length < 20, `${story.messages.length} messages`)
  assert.ok(JSON.stringify(story.state()).length < 60_000)
})

test('a run that kept fifty goes on as it is recorded', () => {
  const story = play({ knows: rule => rule !== 'what-is-let-go-is-told' })
  for (let index = 0; index < 60; index += SAMPLE) {
    story.wait(60)
    story.hear(Array.from({ length: SAMPLE }, (_, next) => one(index + next, story.now())))
  }
  assert.deepEqual(story.messages, [20, 40, 50])
  assert.equal(story.state().alerts.length, 50)
})
