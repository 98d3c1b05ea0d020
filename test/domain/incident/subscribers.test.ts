/** Who follows was promised every change: each of them, once, but those of their own making. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../../../domain/incident/incident.ts'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { alert, RESOLVE, ROOT_CAUSE, type Story, story } from './sample-incident.ts'

const ALERTMANAGER: Actor = { person: null, door: 'alert' }

/** Medium, declared and held by ana, who follows for that; ben and dee follow, too. */
function followed(): Story {
  const tale = story({ severity: 'medium' })
  tale.does(ana, { kind: 'acknowledge' })
  for (const person of [ben, dee]) tale.does(person, { kind: 'subscribe' })
  tale.fresh('tell')
  return tale
}

const heard = (tale: Story) => tale.fresh('tell').map(({ person, text }) => [person, text])

test('an alert makes it worse', () => {
  const tale = followed()
  tale.tell(ALERTMANAGER, { kind: 'alerts', alerts: [alert()] })
  const text = 'INC-7: a critical alert makes it critical'
  assert.deepEqual(heard(tale), [
    [ana, text],
    [ben, text],
    [dee, text],
  ])
})

test('it is worse as somebody reports it again, who knows', () => {
  const tale = followed()
  tale.does(ben, { kind: 'declared-again', title: 'acp down', severity: 'high' })
  const text = 'INC-7: ben says that it is high'
  assert.deepEqual(heard(tale), [
    [ana, text],
    [dee, text],
  ])
})

test('it changes hands: whoever gave it away hears of it once', () => {
  const tale = followed()
  tale.does(ana, { kind: 'hand-off', what: 'acknowledgement', to: cy })
  tale.fresh('tell')
  tale.does(cy, { kind: 'accept', offer: tale.incident.offers[0]?.id ?? '' })
  const text = 'cy has taken over the acknowledgement of INC-7'
  assert.deepEqual(heard(tale), [
    [ana, text],
    [ben, text],
    [dee, text],
  ])
})

test('it is closed, and open again', () => {
  const tale = followed()
  tale.does(ana, ROOT_CAUSE, RESOLVE)
  tale.fresh('tell')
  tale.does(ben, { kind: 'close' })
  const closed = 'INC-7 is closed: nothing is missing'
  assert.deepEqual(heard(tale), [
    [ana, closed],
    [dee, closed],
  ])
  tale.does(dee, { kind: 'reopen', reason: 'it hangs' })
  const open = 'INC-7 is open again: acp down: it hangs'
  assert.deepEqual(heard(tale), [
    [ana, open],
    [ben, open],
  ])
})
