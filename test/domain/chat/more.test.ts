/** What is behind "More…": everything that can be said has a button, whatever is in a form is a command, and Slack takes all of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ACTIONS, type Block, MORE_FORMS, type MoreForm, moreAction, moreFormOf } from '../../../domain/chat/chat.ts'
import { incidentButtons } from '../../../domain/chat/incident-buttons.ts'
import { moreModal } from '../../../domain/chat/more.ts'
import { type MoreState, moreCommand, moreFormModal } from '../../../domain/chat/more-forms.ts'
import { isCommand } from '../../../domain/incident/command-shape.ts'
import type { IncidentCommand } from '../../../domain/incident/commands.ts'
import { controlsIn, problemsOfView } from './block-kit.ts'
import { anyIncident, card, hostile, incident, person } from './samples.ts'

const VALUE = { v: 1, w: 'incident:opencode-acp/handshake', n: 42 } as const
const { team } = card
const due = {
  number: 1,
  kind: 'prevention',
  title: 'watch disks',
  owner: person('ben'),
  due: '2026-12-01',
  doneAt: null,
} as const

const state = (changes: Partial<MoreState> = {}): MoreState => ({
  incident: incident(),
  team,
  hosts: ['alpha', 'beta'],
  others: [{ number: 43, title: 'db slow' }],
  reviewBy: '2026-11-30',
  ...changes,
})

function actionsIn(drawn: unknown): readonly string[] {
  return [...JSON.stringify(drawn).matchAll(/"action_id":"(ops:incident:[^"]+)"/g)].map(([, id]) => id ?? '')
}

function actionsOf(status: 'investigating' | 'resolved'): readonly string[] {
  const shown = incident({ status, followUps: [due], nextUpdateAt: '2026-11-23T14:00:00.000Z' })
  const held = { by: person('ben'), at: card.now, activeAt: card.now, askedAt: card.now }
  const drawn = [shown, { ...shown, acknowledged: held }].map(one => incidentButtons(one, card))
  return [...actionsIn(drawn), ...actionsIn(moreModal(shown, VALUE, person('ana')))]
}

describe('buttons', () => {
  it('there is one for whatever people can say of an incident that is open, and of one that is resolved', () => {
    const seldom = MORE_FORMS.map(moreAction)
    const open = actionsOf('investigating')
    assert.deepEqual(
      seldom.filter(action => !open.includes(action)),
      [moreAction('reopen')],
    )
    assert.ok(actionsOf('resolved').includes(moreAction('reopen')))
    const { acknowledge, stillOnIt, takeLead, update, noChange, snooze, workaround, resolve, rootCause } = ACTIONS
    for (const action of [acknowledge, stillOnIt, takeLead, update, noChange, snooze, workaround, resolve, rootCause]) {
      assert.ok(open.includes(action), action)
    }
    assert.ok(open.includes(ACTIONS.subscribe) && actionsOf('resolved').includes(ACTIONS.close))
  })
  it('who follows may stop', () => {
    const drawn = moreModal(incident({ subscribers: [person('ana')] }), VALUE, person('ana'))
    assert.ok(actionsIn(drawn).includes(ACTIONS.unsubscribe))
  })
  it('nothing can be said of one that is over', () => {
    assert.deepEqual(actionsIn(moreModal(incident({ status: 'closed' }), VALUE, person('ana'))), [])
  })
  it('the closing of a Critical one begins with its post-mortem, until date and notes are there', () => {
    const resolved = { status: 'resolved', resolution: 'restarted' } as const
    const review = (at: string | null, notes: string | null) =>
      actionsIn(incidentButtons(incident({ ...resolved, review: { at, notes } }), card))
    assert.equal(review(null, null)[0], moreAction('review'))
    assert.equal(review('2026-11-30 14:00', null)[0], moreAction('review'))
    assert.ok(!review('2026-11-30 14:00', 'all said').includes(moreAction('review')))
    assert.ok(
      !actionsIn(incidentButtons(incident({ ...resolved, severity: 'low' }), card)).includes(moreAction('review')),
    )
  })
})

describe('forms', () => {
  const filled: Readonly<Record<MoreForm, readonly [Readonly<Record<string, string>>, IncidentCommand]>> = {
    classify: [
      { severity: 'high', category: '', impact: '', systems: 'alpha, db' },
      {
        kind: 'classify',
        severity: 'high',
        category: null,
        impact: null,
        systems: ['alpha', 'db'],
        expectedResolution: null,
      },
    ],
    'hand-off': [
      { what: 'acknowledgement', to: 'ben' },
      { kind: 'hand-off', what: 'acknowledgement', to: person('ben') },
    ],
    role: [
      { role: 'scribe', person: 'cy' },
      { kind: 'role', role: 'scribe', person: person('cy') },
    ],
    page: [
      { person: 'dee', message: 'come' },
      { kind: 'page', person: person('dee'), message: 'come' },
    ],
    note: [{ text: 'it was the disk' }, { kind: 'note', text: 'it was the disk' }],
    fix: [
      { host: 'alpha', fix: 'FIX-3' },
      { kind: 'fix', host: 'alpha', fix: 'FIX-3' },
    ],
    'follow-up': [
      { about: 'monitoring', title: 'alert on disks', owner: 'ben', due: '2026-12-01' },
      { kind: 'follow-up', about: 'monitoring', title: 'alert on disks', owner: person('ben'), due: '2026-12-01' },
    ],
    'follow-up-done': [{ number: '1' }, { kind: 'follow-up-done', number: 1 }],
    review: [
      { at: '2026-11-30 14:00', notes: '' },
      { kind: 'review', at: '2026-11-30 14:00', notes: null },
    ],
    'false-alarm': [{ reason: 'a test' }, { kind: 'false-alarm', reason: 'a test' }],
    merge: [{ into: 'INC-43' }, { kind: 'merge', into: 'INC-43' }],
    reopen: [{ reason: 'again' }, { kind: 'reopen', reason: 'again' }],
  }
  for (const form of MORE_FORMS) {
    it(`${form} has the fields of its command`, () => {
      const [values, command] = filled[form]
      const view = moreFormModal(form, VALUE, state({ incident: incident({ followUps: [due] }) }))
      const inputs = view.blocks.filter(({ type }) => type === 'input').map(({ block_id: name }: Block) => name)
      assert.deepEqual(inputs, Object.keys(values))
      assert.equal(moreFormOf(view.callback_id ?? ''), form)
      assert.deepEqual(JSON.parse(view.private_metadata ?? ''), VALUE)
      const made = moreCommand(form, name => values[name] ?? '')
      assert.deepEqual(made, command)
      assert.ok(isCommand(made))
    })
  }
  it('a word that is none of the choices is refused', () => {
    assert.throws(() => moreCommand('role', () => 'king'), /no role "king"/)
    assert.throws(() => moreCommand('follow-up-done', () => 'all'), /no number/)
  })
  it('Slack takes them, whatever is in the incident, and when nothing is known', () => {
    fc.assert(
      fc.property(anyIncident, hostile, (some, title) => {
        const others = Array.from({ length: 120 }, (_, index) => ({ number: index + 1, title }))
        const known = state({
          incident: some,
          others,
          hosts: Array.from({ length: 120 }, (_, index) => `host-${index}`),
        })
        const nothing = state({ incident: null, others: [], hosts: [], reviewBy: null })
        const views = [
          moreModal(some, VALUE, person('ana')),
          ...MORE_FORMS.flatMap(form => [moreFormModal(form, VALUE, known), moreFormModal(form, VALUE, nothing)]),
        ]
        for (const view of views) {
          assert.deepEqual(problemsOfView({ ...view }), [])
          assert.deepEqual(controlsIn(view), [])
        }
      }),
      { numRuns: 40 },
    )
  })
})
