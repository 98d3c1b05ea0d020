/** Which firings make a warning an incident: three in 7 days, or one that lasts until its review. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../../domain/alerts/alert.ts'
import type { AlertStep } from '../../../domain/alerts/effects.ts'
import type { PlannedRestart } from '../../../domain/alerts/expected.ts'
import { type AlertContext, elapse, judge, silence } from '../../../domain/alerts/rules.ts'
import { type AlertState, newAlertState, phaseOf } from '../../../domain/alerts/state.ts'
import { alert, at, batch, context, MONDAY, over, warning } from './samples.ts'

const slow = (minutes: number) => warning({ metric: 'response_time', startsAt: at(minutes) })

function play(changes: Partial<AlertContext> = {}) {
  let state: AlertState = newAlertState('opencode-acp/response_time', MONDAY)
  const take = (step: AlertStep) => {
    state = step.state
    return step.effects.filter(({ kind }) => kind !== 'log').map(({ kind }) => kind)
  }
  const hear = (one: Alert, minutes: number, restarts: readonly PlannedRestart[] = []) =>
    take(judge(state, batch([one], at(minutes)), context(at(minutes), { ...changes, restarts })))
  const clock = (minutes: number) => take(elapse(state, context(at(minutes), changes)))
  return {
    state: () => state,
    hear,
    clock,
    /** Fires for two minutes. */
    blip: (minutes: number, restarts: readonly PlannedRestart[] = []) => [
      ...hear(slow(minutes), minutes, restarts),
      ...hear(over(slow(minutes), at(minutes + 2)), minutes + 2, restarts),
    ],
    silence: (minutes: number, until: number) => {
      clock(minutes)
      take(silence(state, { until: at(until), by: 'ana', reason: 'known' }, context(at(minutes), changes)))
    },
  }
}

const ours = (minutes: number) => [{ target: 'alpha', at: at(minutes), reason: 'patch' }]

test('what our own restarts explain does not count for a trend (T88)', () => {
  const story = play()
  for (const minutes of [0, 60]) assert.deepEqual(story.blip(minutes, ours(minutes)), [])
  assert.deepEqual(story.blip(120), ['notify-ops', 'post-ops'], 'the first of its own: a ticket')
  assert.deepEqual(story.blip(180), ['post-ops', 'post-ops'])
  assert.deepEqual(story.hear(slow(240), 240), ['open-incident'])
})

test('what fires under a silence does not count either; what fires at its end counts once', () => {
  const story = play()
  story.silence(0, 100)
  for (const minutes of [1, 30, 60]) assert.deepEqual(story.blip(minutes), [])
  assert.deepEqual(story.hear(slow(90), 90), [])
  assert.deepEqual(story.clock(100), ['notify-ops'])
  story.hear(over(slow(90), at(110)), 110)
  assert.deepEqual(story.blip(120), ['post-ops', 'post-ops'])
  assert.deepEqual(story.hear(slow(180), 180), ['open-incident'])
})

test('what had fired before the silence is not counted again at its end', () => {
  const story = play()
  story.blip(0)
  story.hear(slow(10), 10)
  story.silence(20, 60)
  assert.deepEqual(story.clock(60), ['post-ops'])
  assert.equal(story.state().firings.length, 2)
})

test('an expected alert that outlasts its grace counts', () => {
  const story = play()
  for (const minutes of [0, 60]) {
    story.hear(slow(minutes), minutes, ours(minutes))
    story.clock(minutes + 5)
    story.hear(over(slow(minutes), at(minutes + 8)), minutes + 8)
  }
  assert.deepEqual(story.hear(slow(120), 120), ['open-incident'])
})

test('an info that fires at the review keeps no ticket', () => {
  const story = play()
  story.blip(0)
  story.hear(alert({ fingerprint: 'i', level: 'info', metric: 'response_time', startsAt: at(5) }), 5)
  assert.deepEqual(story.clock(23 * 60), ['post-ops'])
  assert.equal(phaseOf(story.state()), 'firing')
})

test('a run that began before counts as it began: what it recorded binds it', () => {
  const story = play({ weighsWarnings: false })
  for (const minutes of [0, 60]) story.blip(minutes, ours(minutes))
  assert.deepEqual(story.hear(slow(120), 120), ['open-incident'])
  const review = play({ weighsWarnings: false })
  review.blip(0)
  review.hear(alert({ fingerprint: 'i', level: 'info', metric: 'response_time', startsAt: at(5) }), 5)
  assert.deepEqual(review.clock(23 * 60), ['open-incident'])
})
