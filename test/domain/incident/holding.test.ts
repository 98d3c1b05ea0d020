/** Who has it: acknowledging, roles, hand-overs, extra responders. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersonId } from '../../../domain/team/team.ts'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { at, MONDAY, people, story } from './sample-incident.ts'

test('acknowledging stops every page and every later one, and counts once', () => {
  const tale = story()
  tale.fresh('page')
  tale.now = at(2)
  tale.does(ana, { kind: 'acknowledge' })
  assert.deepEqual(tale.fresh('quiet-pages').length, 1)
  const { acknowledged, respondedAt, status, paging, responders } = tale.incident
  assert.deepEqual(acknowledged, { by: ana, at: at(2), activeAt: at(2), askedAt: null })
  assert.deepEqual([respondedAt, status, paging.nextAt, responders], [at(2), 'investigating', null, [ana]])
  tale.now = at(3)
  tale.does(ben, { kind: 'acknowledge' })
  assert.equal(tale.incident.respondedAt, at(2))
  assert.equal(tale.incident.acknowledged?.by, ana)
})

test('the second one is told who has it, becomes a responder, and is rung no more', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' })
  tale.fresh('page')
  const answer = tale.tell(ben, { kind: 'acknowledge' })
  assert.match(answer.text, /^ana has INC-7 since 2026-11-23 10:00:00 Europe\/Berlin/)
  assert.deepEqual(tale.incident.responders, [ana, ben])
  assert.deepEqual(
    tale.fresh('quiet-pages').map(({ people: silenced }) => silenced),
    [[ben]],
  )
})

test('whoever was asked for by name is rung until they acknowledge, whoever else does', () => {
  const tale = story({ severity: 'high' })
  tale.does(ana, { kind: 'acknowledge' }, { kind: 'page', person: dee, message: 'the database' })
  const unreached = { kind: 'page-sent', person: dee, delivered: null, failed: [], phone: '+4' } as const
  tale.hears(unreached)
  tale.fresh('quiet-pages')
  tale.does(cy, { kind: 'acknowledge' })
  assert.deepEqual(tale.fresh('quiet-pages')[0]?.people, [cy])
  assert.deepEqual(people(tale.incident.paging.unreached), [dee], 'their number stays on the card')
  tale.does(dee, { kind: 'acknowledge' })
  assert.deepEqual(tale.fresh('quiet-pages')[0]?.people, [dee])
  assert.deepEqual(tale.incident.paging.unreached, [])
})

test('acknowledging does not put the status back', () => {
  const tale = story()
  const said = { findings: 'a', actions: 'b', expectedResolution: 'c' }
  tale.does(ana, { kind: 'status', status: 'identified', ...said }, { kind: 'acknowledge' })
  assert.equal(tale.incident.status, 'identified')
})

test('"still on it" is for whoever has it', () => {
  const tale = story()
  tale.refuses(ana, { kind: 'still-on-it' }, /nobody has INC-7/)
  tale.does(ana, { kind: 'acknowledge' }, { kind: 'still-on-it' })
  tale.refuses(ben, { kind: 'still-on-it' }, /ana has it, not you/)
})

test('a free role is given at once, and whoever gets it is told', () => {
  const tale = story()
  tale.does(ana, { kind: 'role', role: 'commander', person: ana }, { kind: 'role', role: 'scribe', person: ben })
  assert.deepEqual(tale.incident.roles, { commander: ana, scribe: ben })
  assert.deepEqual(people(tale.fresh('tell')), [ben])
})

test('a role that somebody has changes hands only by a hand-over that the receiver accepts', () => {
  const tale = story()
  tale.does(ana, { kind: 'role', role: 'commander', person: ana })
  tale.refuses(ben, { kind: 'role', role: 'commander', person: ben }, /ana is commander/)
  tale.refuses(ben, { kind: 'hand-off', what: 'commander', to: ben }, /ana has the role commander, not you/)
  tale.refuses(ana, { kind: 'hand-off', what: 'commander', to: ana }, /you have the role commander already/)
  tale.does(ana, { kind: 'hand-off', what: 'commander', to: ben })
  const [offer] = tale.incident.offers
  assert.ok(offer !== undefined)
  assert.equal(tale.incident.roles.commander, ana)
  tale.refuses(cy, { kind: 'accept', offer: offer.id }, /this is offered to ben/)
  tale.does(ben, { kind: 'accept', offer: offer.id })
  assert.equal(tale.incident.roles.commander, ben)
  assert.deepEqual(tale.incident.offers, [])
  tale.refuses(ben, { kind: 'accept', offer: offer.id }, /not open any more/)
})

test('the acknowledgement is handed over without a moment in which nobody has it', () => {
  const tale = story()
  tale.refuses(ana, { kind: 'hand-off', what: 'acknowledgement', to: ben }, /nobody has the acknowledgement/)
  tale.does(ana, { kind: 'acknowledge' }, { kind: 'hand-off', what: 'acknowledgement', to: ben })
  assert.equal(tale.incident.acknowledged?.by, ana)
  tale.now = at(20)
  tale.fresh('page')
  tale.does(ben, { kind: 'accept', offer: tale.incident.offers[0]?.id ?? '' })
  assert.deepEqual(tale.incident.acknowledged, { by: ben, at: at(20), activeAt: at(20), askedAt: null })
  assert.equal(tale.incident.respondedAt, MONDAY)
  assert.deepEqual(tale.fresh('page'), [])
})

test('a new offer takes the place of an earlier one; one whose giver has lost the thing is void', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' }, { kind: 'hand-off', what: 'acknowledgement', to: ben })
  const first = tale.incident.offers[0]?.id ?? ''
  tale.does(ana, { kind: 'hand-off', what: 'acknowledgement', to: cy })
  assert.equal(tale.incident.offers.length, 1)
  tale.refuses(ben, { kind: 'accept', offer: first }, /not open any more/)
  const offer = tale.incident.offers[0]?.id ?? ''
  const lost = { ...tale.incident, acknowledged: { by: dee, at: MONDAY, activeAt: MONDAY, askedAt: null } }
  tale.incident = lost
  tale.refuses(cy, { kind: 'accept', offer }, /ana does not have it any more/)
})

test('an extra responder is rung, also when somebody has it', () => {
  const tale = story()
  tale.does(ana, { kind: 'acknowledge' })
  tale.fresh('page')
  tale.does(ana, { kind: 'page', person: cy, message: 'the database, please; token=abcdefgh1234' })
  const pages = tale.fresh('page')
  assert.deepEqual(people(pages), [cy])
  assert.match(pages[0]?.text ?? '', /ana needs you: the database, please/)
  assert.doesNotMatch(pages[0]?.text ?? '', /abcdefgh/)
  assert.deepEqual(tale.incident.responders, [ana, cy])
})

test('following and not following', () => {
  const tale = story()
  tale.does(cy, { kind: 'subscribe' }, { kind: 'subscribe' })
  assert.deepEqual(tale.incident.subscribers, [ana, cy])
  tale.does(ana, { kind: 'unsubscribe' })
  assert.deepEqual(tale.incident.subscribers, [cy])
})

for (const command of [
  { kind: 'role', role: 'scribe', person: 'eve' as PersonId },
  { kind: 'hand-off', what: 'acknowledgement', to: 'eve' as PersonId },
  { kind: 'page', person: 'eve' as PersonId, message: '' },
  { kind: 'follow-up', about: 'prevention', title: 'x', owner: 'eve' as PersonId, due: '2026-12-01' },
] as const) {
  test(`${command.kind}: nobody is called eve`, () => {
    const tale = story()
    tale.does(ana, { kind: 'acknowledge' })
    tale.refuses(ana, command, /nobody is called "eve"/)
  })
}
