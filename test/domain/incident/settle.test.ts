/** What comes back: pages that do not get through, evidence, mail, changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../../domain/incident/outcomes.ts'
import type { PersonId } from '../../../domain/team/team.ts'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { at, MONDAY, people, sandboxTeam, story } from './sample-incident.ts'

const HIGH = { severity: 'high' } as const

function failed(person: PersonId, phone: string | null = '+1'): Outcome {
  return { kind: 'page-sent', person, delivered: null, failed: [{ channel: 'slack', why: 'no such user' }], phone }
}

function delivered(person: PersonId): Outcome {
  return { kind: 'page-sent', person, delivered: 'mail', failed: [{ channel: 'slack', why: 'down' }], phone: '+1' }
}

test('a page that gets through leaves a line, with the way it took', () => {
  const tale = story(HIGH)
  tale.hears(delivered(ana))
  assert.equal(tale.incident.timeline.at(-1)?.text, 'the page to ana went out by mail, after slack: down')
  assert.deepEqual(tale.incident.paging.unreached, [])
})

test('one that does not: phone number on the card, and the next person at once', () => {
  const tale = story(HIGH)
  tale.fresh('page')
  tale.hears(failed(ana))
  assert.deepEqual(tale.incident.paging.unreached, [{ person: ana, phone: '+1', why: 'slack: no such user' }])
  assert.match(tale.fresh('post')[0]?.text ?? '', /call \+1$/)
  assert.deepEqual(people(tale.effects.filter(effect => effect.kind === 'page')), [ana, ben])
  tale.hears(failed(ben, null))
  tale.hears(failed(cy))
  assert.deepEqual(people(tale.effects.filter(effect => effect.kind === 'page')), [ana, ben, cy, dee])
  assert.equal(tale.incident.paging.tier, 2)
  tale.fresh('post')
  tale.hears(failed(dee))
  const posts = tale.fresh('post')
  assert.deepEqual(posts.at(-1)?.mention, 'here')
  assert.match(posts.at(-1)?.text ?? '', /call ana \+1, ben \+2, cy \(no phone number\), dee \+4$/)
  assert.equal(tale.incident.paging.nextAt, at(15))
})

test('who is reached after all is off the list; whoever acknowledges empties it', () => {
  const tale = story(HIGH)
  tale.hears(failed(ana))
  tale.hears(failed(ben))
  tale.hears(delivered(ana))
  assert.deepEqual(people(tale.incident.paging.unreached), [ben])
  tale.does(ana, { kind: 'acknowledge' })
  assert.deepEqual(tale.incident.paging.unreached, [])
  tale.fresh('page')
  tale.hears(failed(cy))
  assert.deepEqual(tale.fresh('page'), [])
})

test('at all hands everybody is rung already', () => {
  const tale = story()
  tale.fresh('page')
  tale.hears(failed(ana))
  assert.deepEqual(tale.fresh('page'), [])
  assert.equal(tale.incident.paging.unreached.length, 1)
  tale.until(at(5))
  tale.fresh('page')
  tale.hears(failed(cy))
  assert.deepEqual(people(tale.fresh('page')), [dee])
})

for (const roster of [sandboxTeam().roster, null]) {
  test(`all hands that reach nobody ${roster === null ? 'without a' : 'of the'} roster call the channel at once, with all numbers`, () => {
    const tale = story({}, sandboxTeam({ roster }))
    const rung = people(tale.fresh('page'))
    const [last, ...others] = rung.toReversed()
    for (const person of others) tale.hears(failed(person))
    const loud = () => tale.fresh('post').filter(({ mention }) => mention === 'here')
    assert.deepEqual(loud(), [])
    if (last !== undefined) tale.hears(failed(last))
    const [post, ...more] = loud()
    assert.deepEqual(more, [])
    for (const person of rung) assert.match(post?.text ?? '', new RegExp(`\\b${person} (\\+|\\(no phone)`))
  })
}

test('all hands that reach one of them call nobody else', () => {
  const tale = story()
  const [first, ...others] = people(tale.fresh('page'))
  for (const person of others) tale.hears(failed(person))
  if (first !== undefined) tale.hears(delivered(first))
  assert.ok(tale.fresh('post').every(({ mention }) => mention === 'none'))
})

test('without a roster one of several who is not reached costs no second ring of the others', () => {
  const tale = story(HIGH, sandboxTeam({ roster: null }))
  tale.fresh('page')
  for (const person of [ana, ben]) tale.hears(failed(person))
  assert.deepEqual(tale.fresh('page'), [])
  tale.hears(failed(cy))
  assert.equal(tale.fresh('post').at(-1)?.mention, 'here')
})

test("an extra responder who cannot be reached is nobody else's page", () => {
  const tale = story(HIGH)
  tale.does(ana, { kind: 'page', person: dee, message: '' })
  tale.fresh('page')
  tale.hears(failed(dee))
  assert.deepEqual(tale.fresh('page'), [])
})

test('evidence is kept as it came, the likeliest guess first', () => {
  const tale = story()
  const piece = { host: 'alpha', collector: 'unit', state: 'collected', summary: 'failed', artefact: null } as const
  const guess = { id: 'h', title: 'a full disk', weight: 40, evidence: [], workaround: null }
  tale.now = at(1)
  tale.hears({
    kind: 'evidence-collected',
    evidence: [piece, { ...piece, collector: 'log', state: 'failed', summary: 'token=abcdefgh1234' }],
    hypotheses: [guess, { ...guess, id: 'i', title: 'a crash', weight: 70.4 }],
  })
  assert.equal(tale.incident.evidenceAt, at(1))
  assert.equal(
    tale.incident.timeline.at(-1)?.text,
    '1 of 2 pieces of evidence collected; without log of alpha; likeliest: a crash (70 %)',
  )
  assert.doesNotMatch(JSON.stringify(tale.incident), /abcdefgh/)
})

test("mail that does not go out is somebody's to replace", () => {
  const tale = story(HIGH)
  const mail = { kind: 'announced', subject: 'S', audiences: ['ops'] } as const
  tale.fresh('post')
  tale.hears({ ...mail, failed: null })
  assert.deepEqual(tale.fresh('post'), [])
  tale.hears({ ...mail, failed: 'refused; password=hunter2' })
  const [post] = tale.fresh('post')
  assert.deepEqual(post?.mention, { people: [ana] })
  assert.doesNotMatch(JSON.stringify([post, tale.incident]), /hunter2/)
})

test('mail that is late is told once as not delivered yet, and told again when it has gone out', () => {
  const tale = story(HIGH)
  const mail = { subject: 'S', audiences: ['stakeholders'] }
  const delayed = { kind: 'announce-delayed', ...mail, why: 'connection refused' } as const
  tale.fresh('post')
  tale.hears(delayed)
  // The next run of the incident begins anew with the same mail.
  tale.hears(delayed)
  assert.deepEqual(tale.incident.undelivered, [{ ...mail, why: 'connection refused' }])
  const words = '"S" is not delivered yet to stakeholders, tell them by other means: connection refused'
  assert.deepEqual(
    tale.fresh('post').map(({ text, mention }) => [text, mention]),
    [[words, { people: [ana] }]],
  )
  const { kind, text } = tale.incident.timeline.at(-1) ?? {}
  assert.deepEqual([kind, text], ['announce-delayed', words])
  tale.hears({ kind: 'announced', ...mail, failed: null })
  assert.deepEqual(tale.incident.undelivered, [])
  assert.deepEqual(
    tale.fresh('post').map(post => [post.text, post.mention]),
    [['"S" went to stakeholders, late', 'none']],
  )
})

test('who was not reached for good is shown until a later mail reaches them', () => {
  const tale = story(HIGH)
  const mail = { kind: 'announced', failed: null } as const
  tale.hears({ ...mail, subject: 'S', audiences: ['ops', 'management'], failed: 'refused' })
  tale.hears({ ...mail, subject: 'T', audiences: ['ops'] })
  assert.deepEqual(
    tale.incident.undelivered?.map(({ subject }) => subject),
    ['S'],
  )
  tale.hears({ ...mail, subject: 'U', audiences: ['stakeholders', 'management', 'ops'] })
  assert.deepEqual(tale.incident.undelivered, [])
})

test('a change moves on, is told once, and does not come back from its end', () => {
  const tale = story({ severity: 'low' })
  tale.does(ben, { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} })
  const move = (state: 'awaiting-approval' | 'running' | 'done' | 'reverted', outcome: string | null = null) =>
    tale.hears({ kind: 'change-moved', number: 1, state, outcome })
  tale.fresh('post')
  move('awaiting-approval')
  move('running')
  move('done', 'it answers')
  const { entries } = tale.incident
  move('done', 'it answers')
  move('running')
  tale.hears({ kind: 'change-moved', number: 9, state: 'done', outcome: null })
  assert.equal(tale.incident.entries, entries)
  assert.deepEqual(tale.incident.changes[0]?.state, 'done')
  const texts = tale.fresh('post').map(({ text }) => text)
  assert.deepEqual(texts, [
    'change 1 (restart the service on alpha) waits for approval',
    'change 1 (restart the service on alpha) is done: it answers',
  ])
  move('reverted')
  assert.equal(tale.incident.changes[0]?.state, 'reverted')
})

test('a change that did not come about is not always one that people denied', () => {
  const tale = story({ severity: 'low' })
  tale.does(ben, { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} })
  tale.fresh('post')
  tale.hears({ kind: 'change-moved', number: 1, state: 'refused', outcome: 'The estate has no host alpha.' })
  assert.deepEqual(
    tale.fresh('post').map(({ text }) => text),
    ['change 1 (restart the service on alpha) was not carried out: The estate has no host alpha.'],
  )
})

test('where the card is, what the draft is, and what could not be done', () => {
  const tale = story()
  const place = { channel: 'C', ts: '1.2' }
  tale.hears({ kind: 'card-placed', place })
  const artefact = { kind: 'postmortem', ref: 'sha256:ab', bytes: 1, sha256: 'ab' }
  tale.hears({ kind: 'postmortem-written', artefact })
  const before = tale.effects.length
  tale.hears({ kind: 'effect-failed', what: 'post below the card', why: 'xoxb-1234567890-abc' })
  assert.deepEqual([tale.incident.card, tale.incident.postmortem], [place, artefact])
  assert.equal(tale.effects.length, before)
  assert.doesNotMatch(tale.incident.timeline.at(-1)?.text ?? '', /xoxb-1/)
  assert.equal(tale.incident.startedAt, MONDAY)
})
