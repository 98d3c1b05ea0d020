/** The first seconds of an incident: who is rung, what is asked for, who is written to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openIncident } from '../../../domain/incident/open.ts'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { alert, at, declaration, MONDAY, people, sandboxTeam, story } from './sample-incident.ts'

const kinds = (tale: ReturnType<typeof story>) => tale.effects.map(({ kind }) => kind)

test('critical: all hands at once, then evidence, the word in the channel, and mail', () => {
  const tale = story()
  assert.deepEqual(kinds(tale), ['page', 'page', 'page', 'page', 'collect-evidence', 'post', 'announce'])
  assert.deepEqual(people(tale.fresh('page')), [ana, cy, dee, ben])
  const { paging, status, nextUpdateAt, acknowledged } = tale.incident
  assert.deepEqual(
    { ...paging, status, nextUpdateAt, acknowledged },
    {
      tier: 0,
      round: 0,
      pagedAt: MONDAY,
      nextAt: at(5),
      unreached: [],
      rung: [ana, cy, dee, ben],
      status: 'declared',
      nextUpdateAt: at(30),
      acknowledged: null,
    },
  )
  const [post] = tale.effects.filter(effect => effect.kind === 'post')
  assert.equal(post?.mention, 'here')
})

for (const [severity, rung, mention, audiences, nextAt] of [
  ['high', [ana], { people: [ana] }, ['ops', 'management'], at(15)],
  ['medium', [], 'none', ['ops'], null],
  ['low', [], 'none', [], null],
] as const) {
  test(`${severity}: rings ${rung.join() || 'nobody'}`, () => {
    const tale = story({ severity })
    assert.deepEqual(people(tale.fresh('page')), rung)
    assert.equal(tale.incident.paging.nextAt, nextAt)
    const [post] = tale.effects.filter(effect => effect.kind === 'post')
    assert.deepEqual(post?.mention, mention)
    const announced = tale.effects.flatMap(effect => (effect.kind === 'announce' ? effect.audiences : []))
    assert.deepEqual(announced, audiences)
    assert.ok(kinds(tale).includes('collect-evidence'))
  })
}

test('without a roster all responders are rung; without anybody the channel is called', () => {
  const high = { severity: 'high' } as const
  assert.deepEqual(people(story(high, sandboxTeam({ roster: null })).fresh('page')), [ana, ben, cy])
  const alone = story(high, sandboxTeam({ roster: null, groups: {} }))
  assert.deepEqual(people(alone.fresh('page')), [])
  assert.ok(alone.effects.some(effect => effect.kind === 'post' && effect.mention === 'here'))
  assert.equal(alone.incident.paging.nextAt, at(15))
})

test('a rotation that names somebody who has left is passed over', () => {
  const team = sandboxTeam()
  const without = { ...team, people: team.people.filter(({ id }) => id !== ana) }
  assert.deepEqual(people(story({ severity: 'high' }, without).fresh('page')), [cy])
})

test('nobody waits for the number: the texts do without it', () => {
  const context = { number: 0, workflowId: 'w', key: 'k', now: MONDAY, team: sandboxTeam() }
  const { effects, incident } = openIncident(declaration(), context)
  assert.doesNotMatch(JSON.stringify(effects), /INC-/)
  assert.equal(incident.entries, incident.timeline.length)
})

test('a start in the future, or none at all, is now; one in the past is kept', () => {
  const context = { number: 7, workflowId: 'w', key: 'k', now: MONDAY, team: sandboxTeam() }
  const startOf = (startedAt: string) => openIncident(declaration({ startedAt }), context).incident.startedAt
  assert.deepEqual([at(10), 'yesterday', '2026-11-23T08:00:00Z'].map(startOf), [
    MONDAY,
    MONDAY,
    '2026-11-23T08:00:00.000Z',
  ])
})

test('text from outside is redacted and cut, whatever it is', () => {
  const hosts = [...Array.from({ length: 80 }, (_, index) => `h${index}`), 'h1', '']
  const tale = story({
    title: `token=abcdefgh1234 {x} ${'long '.repeat(3_000)}`,
    impact: 'password: hunter2 {description}',
    hosts,
    alerts: [alert({ summary: 'Authorization: Bearer abcdefgh12345678' })],
  })
  assert.doesNotMatch(JSON.stringify([tale.incident, tale.effects]), /abcdefgh|hunter2/)
  assert.ok(tale.incident.title.length <= 200)
  assert.equal(tale.incident.systems.length, 50)
})

test('a machine declares as well', () => {
  const { declaredBy, subscribers, timeline } = story({ by: { person: null, door: 'alert' } }).incident
  assert.deepEqual([declaredBy.door, subscribers, timeline[0]?.by.person], ['alert', [], null])
})
