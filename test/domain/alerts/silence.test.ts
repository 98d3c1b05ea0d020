/** What an incident hears while its cause is silenced: only what has ended. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../../domain/alerts/alert.ts'
import type { AlertStep } from '../../../domain/alerts/effects.ts'
import { type AlertContext, elapse, judge, silence } from '../../../domain/alerts/rules.ts'
import { type AlertState, newAlertState } from '../../../domain/alerts/state.ts'
import { alert, at, batch, context, MONDAY, over } from './samples.ts'

const CAUSE = 'opencode-acp/availability'

/** A cause on which deliveries, silences and the clock are played; each answers with what its incident is told. */
function play(changes: Partial<AlertContext> = {}) {
  let state: AlertState = newAlertState(CAUSE, MONDAY)
  const take = (step: AlertStep) => {
    state = step.state
    return step.effects
      .filter(({ kind }) => kind !== 'log')
      .flatMap(effect =>
        'message' in effect && effect.message.command.kind === 'alerts'
          ? effect.message.command.alerts.map(one => `${effect.kind}: ${one.fingerprint} ${one.state}`)
          : [effect.kind],
      )
  }
  const at0 = (minutes: number) => context(at(minutes), changes)
  return {
    hear: (alerts: readonly Alert[], minutes: number) => take(judge(state, batch(alerts, at(minutes)), at0(minutes))),
    clock: (minutes: number) => take(elapse(state, at0(minutes))),
    silence: (minutes: number, until: number) =>
      take(silence(state, { until: at(until), by: 'ana', reason: 'known' }, at0(minutes))),
  }
}

test('what ends under a silence is told to its incident, what fires is not', () => {
  const story = play()
  story.hear([alert()], 0)
  story.silence(1, 60)
  const second = alert({ fingerprint: 'f2', startsAt: at(2) })
  assert.deepEqual(story.hear([second], 2), [])
  assert.deepEqual(story.hear([over(alert(), at(3)), second], 3), ['tell-incident: f1 resolved'])
  assert.deepEqual(story.clock(60), ['open-incident: f2 firing'])
})

test('so is what ends by itself', () => {
  const story = play()
  story.hear([alert({ endsAt: at(15) })], 0)
  story.silence(1, 60)
  assert.deepEqual(story.clock(15), ['tell-incident: f1 resolved'])
})

test('an end that was hidden because its cause comes and goes is told when the silence begins', () => {
  const story = play()
  for (let minute = 0; minute < 6; minute += 1) {
    const one = alert({ startsAt: at(minute - (minute % 2)) })
    story.hear([minute % 2 === 0 ? one : over(one, at(minute))], minute)
  }
  assert.deepEqual(story.silence(6, 60), ['tell-incident: f1 resolved'])
})

test('a cause that becomes calm under a silence is not posted, and its incident is told nothing of what fires', () => {
  const story = play()
  for (let minute = 0; minute < 7; minute += 1) {
    const one = alert({ startsAt: at(minute - (minute % 2)) })
    story.hear([minute % 2 === 0 ? one : over(one, at(minute))], minute)
  }
  story.silence(8, 60)
  assert.deepEqual(story.clock(21), [])
  assert.deepEqual(story.clock(60), ['open-incident: f1 firing'])
})

test('without an incident a silence is silent', () => {
  const story = play()
  story.silence(0, 60)
  assert.deepEqual(story.hear([alert()], 1), [])
  assert.deepEqual(story.hear([over(alert(), at(2))], 2), [])
})

test('a run that kept back the end goes on as it is recorded', () => {
  const story = play({ knows: rule => rule !== 'ends-pass-a-silence' })
  story.hear([alert()], 0)
  story.silence(1, 60)
  assert.deepEqual(story.hear([over(alert(), at(3))], 3), [])
})
