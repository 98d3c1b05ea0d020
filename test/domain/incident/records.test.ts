/** What is left of an incident: rows, the draft of the post-mortem, times per month. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingFields, postmortemJson, postmortemMarkdown } from '../../../domain/incident/postmortem.ts'
import { rowOf } from '../../../domain/incident/row.ts'
import { monthlyTimes } from '../../../domain/incident/statistics.ts'
import type { IncidentRow } from '../../../domain/ledger.ts'
import { ana, ben } from '../../support/team.ts'
import { at, MONDAY, RESOLVE, ROOT_CAUSE, type Story, story } from './sample-incident.ts'

function rowsOf({ incident }: Story): readonly IncidentRow[] {
  return incident.timeline.map(entry => rowOf(incident, entry))
}

test('an entry is a row, with what the incident is by then', () => {
  const tale = story()
  tale.now = at(2)
  tale.does(ana, { kind: 'acknowledge' })
  assert.deepEqual(rowsOf(tale).at(-1), {
    number: 7,
    incident: 'k',
    workflowId: 'incident:x',
    entry: tale.incident.entries,
    at: at(2),
    kind: 'acknowledged',
    text: 'ana has INC-7',
    person: ana,
    door: 'slack',
    title: 'acp down',
    severity: 'critical',
    category: 'availability',
    status: 'investigating',
    startedAt: MONDAY,
  })
})

test('the draft lists what nobody has said yet, and less of it as it is said', () => {
  const tale = story()
  assert.deepEqual(missingFields(tale.incident), [
    'impact',
    'root cause: trigger',
    'root cause: propagation',
    'root cause: contributing factors',
    'root cause: findings',
    'resolution',
    'follow-up: prevention',
    'follow-up: monitoring',
    'date of the post-mortem',
    'notes of the post-mortem',
  ])
  const draft = postmortemMarkdown(tale.incident, [])
  assert.match(draft, /^# Post-mortem INC-7: acp down\n\nStill missing:\n\n- \[ \] impact\n/)
  tale.does(ana, { kind: 'acknowledge' }, ROOT_CAUSE, RESOLVE)
  const rest = { severity: null, category: null, systems: null, expectedResolution: null }
  tale.does(ana, { kind: 'classify', impact: 'all users', ...rest })
  for (const about of ['prevention', 'monitoring'] as const)
    tale.does(ana, { kind: 'follow-up', about, title: 'rotate', owner: ben, due: '2026-12-01' })
  tale.does(ana, { kind: 'review', at: '2026-11-26 14:00', notes: 'we rotate\nlogs now' })
  assert.deepEqual(missingFields(tale.incident), [])
  assert.doesNotMatch(postmortemMarkdown(tale.incident, []), /missing/)
})

test('the timeline is what happened, in order, from the ledger and from what it does not have yet', () => {
  const tale = story()
  const early = rowsOf(tale)
  for (let minute = 1; minute <= 80; minute += 1) {
    tale.now = at(minute)
    tale.does(ben, { kind: 'note', text: `note ${minute}` })
  }
  const short = postmortemJson(tale.incident, [])
  assert.equal(short.timeline.length, 60)
  assert.match(postmortemMarkdown(tale.incident, []), /\n23 earlier entries are in the ledger only\.\n/)
  const zero = { ...early[0], entry: 0 } as IncidentRow
  const { timeline } = postmortemJson(tale.incident, [zero, ...early.toReversed()])
  assert.equal(timeline[0]?.seq, 1)
  assert.equal(timeline.at(-1)?.text, 'note 80')
  assert.match(
    postmortemMarkdown(tale.incident, early),
    /\n1\. 2026-11-23 09:00:00 \*\*ana \(cli\)\*\*: declared Critical/,
  )
})

test('nothing that somebody wrote becomes markup', () => {
  const tale = story({ title: '# <script>alert(1)</script> [x](http://evil) `y`', impact: '![i](http://evil)' })
  tale.does(ana, { kind: 'note', text: '| a |\n# heading' })
  const draft = postmortemMarkdown(tale.incident, [])
  assert.doesNotMatch(draft, /(?<!\\)<script|(?<!\\)\]\(http|\n# heading|(?<!\\)`/)
})

test('the times of the export are minutes from the start', () => {
  const tale = story()
  assert.deepEqual([postmortemJson(tale.incident, []).respondedMinutes], [null])
  tale.now = at(2.5)
  tale.does(ana, { kind: 'acknowledge' })
  tale.now = at(42)
  tale.does(ana, ROOT_CAUSE, RESOLVE)
  const { respondedMinutes, resolvedMinutes, name } = postmortemJson(tale.incident, [])
  assert.deepEqual([name, respondedMinutes, resolvedMinutes], ['INC-7', 2.5, 42])
})

function row(incident: string, entry: number, kind: string, minutes: number, startedAt = MONDAY): IncidentRow {
  const rest = { number: 1, workflowId: 'w', text: '', person: null, door: 'ops', title: 't' }
  return {
    ...rest,
    incident,
    entry,
    kind,
    startedAt,
    at: at(minutes, startedAt),
    severity: 'high',
    category: 'data',
    status: 'x',
  }
}

const OCTOBER = '2026-10-31T23:30:00.000Z'

for (const [title, rows, expected] of [
  ['no rows, no months', [], []],
  ['declared only', [row('a', 1, 'declared', 0)], [['2026-11', 1, null, null]]],
  [
    'first acknowledgement, last resolution',
    [
      row('a', 1, 'declared', 0),
      row('a', 2, 'acknowledged', 4),
      row('a', 3, 'resolved', 30),
      row('a', 4, 'reopened', 40),
      row('a', 5, 'acknowledged', 45),
      row('a', 6, 'resolved', 60),
    ],
    [['2026-11', 1, 4, 60]],
  ],
  [
    'open again is not resolved',
    [row('a', 1, 'declared', 0), row('a', 2, 'resolved', 30), row('a', 3, 'reopened', 40)],
    [['2026-11', 1, null, null]],
  ],
  [
    'means over incidents, in any order; duplicates and false alarms are none',
    [
      row('b', 2, 'acknowledged', 10),
      row('a', 2, 'acknowledged', 4),
      row('a', 1, 'declared', 0),
      row('b', 1, 'declared', 0),
      row('c', 1, 'declared', 0),
      row('c', 2, 'merged', 1),
      row('d', 1, 'acknowledged', 100),
      row('d', 2, 'false-alarm', 120),
    ],
    [['2026-11', 2, 7, null]],
  ],
  [
    'one month after the other',
    [row('a', 1, 'declared', 0), row('b', 1, 'acknowledged', 2, OCTOBER)],
    [
      ['2026-10', 1, 2, null],
      ['2026-11', 1, null, null],
    ],
  ],
] as const) {
  test(`times per month: ${title}`, () => {
    const months = monthlyTimes(rows)
    assert.deepEqual(
      months.map(({ month, incidents, mttaMinutes, mttrMinutes }) => [month, incidents, mttaMinutes, mttrMinutes]),
      expected,
    )
  })
}

test('the month is that of the estate', () => {
  const [month] = monthlyTimes([row('a', 1, 'declared', 0, OCTOBER)], 'Europe/Berlin')
  assert.equal(month?.month, '2026-11')
})
