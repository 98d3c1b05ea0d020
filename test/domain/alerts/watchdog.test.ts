import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookAt, watchdogLook, watchdogSeen } from '../../../domain/alerts/watchdog.ts'
import { at, MONDAY } from './samples.ts'

const calm = { lastSeenAt: MONDAY, blindSince: null }

test('while it arrives nothing happens', () => {
  assert.deepEqual(watchdogSeen(calm, at(1)), { state: { lastSeenAt: at(1), blindSince: null }, effects: [] })
  assert.deepEqual(watchdogLook(calm, at(4)), { state: calm, effects: [] })
  assert.equal(lookAt(calm), at(5))
})

test('after 5 minutes without it one High incident says so, and one message says when it is back', () => {
  const blind = watchdogLook(calm, at(5))
  const [effect] = blind.effects
  assert.ok(effect?.kind === 'open-incident')
  assert.equal(effect.declaration.severity, 'high')
  assert.match(effect.declaration.title, /Monitoring is blind/)
  assert.deepEqual(watchdogLook(blind.state, at(64)).effects, [])
  const back = watchdogSeen(blind.state, at(61))
  const [told] = back.effects
  assert.ok(told?.kind === 'tell-incident' && told.message.command.kind === 'alerts')
  assert.equal(told.message.command.alerts[0]?.state, 'resolved')
  assert.equal(back.state.blindSince, null)
})

test('whoever was away himself waits once more before he calls it blind', () => {
  const woken = watchdogLook(calm, at(90))
  assert.deepEqual(woken, { state: { lastSeenAt: at(90), blindSince: null }, effects: [] })
  assert.equal(watchdogLook(woken.state, at(95)).effects.length, 1)
})

test('while it stays blind its incident is told again every hour, so that one that was closed comes back', () => {
  let { state } = watchdogLook(calm, at(5))
  const told: string[] = []
  for (let minutes = 6; minutes <= 190; minutes += 1) {
    const step = watchdogLook(state, at(minutes))
    state = step.state
    for (const effect of step.effects) {
      assert.ok(effect.kind === 'open-incident' && effect.message.command.kind === 'alerts')
      const { declaration, message } = effect
      assert.deepEqual([effect.message.command.again, message.id], [true, declaration.id])
      assert.equal(declaration.startedAt, at(minutes), 'its deadlines count from here')
      assert.equal(declaration.alerts[0]?.since, MONDAY)
      told.push(message.id)
    }
  }
  assert.deepEqual(
    told,
    [65, 125, 185].map(minutes => `ops/watchdog/${MONDAY}/${at(minutes)}`),
  )
  assert.equal(lookAt(watchdogSeen(state, at(200)).state), at(205))
})

test('a state that was carried over blind, in its old form, is told again an hour after it went blind', () => {
  assert.equal(lookAt({ lastSeenAt: MONDAY, blindSince: MONDAY }), at(60))
})
