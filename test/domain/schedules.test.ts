/** What a sync decides, as a table: create, update, keep, remove, leave alone. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PROCEDURES, type Procedure } from '../../domain/procedures.ts'
import {
  calendarRanges,
  type FoundSchedule,
  planScheduleChanges,
  type SchedulePlan,
  wantedSchedules,
} from '../../domain/schedules.ts'

const ESTATE = { timezone: 'Europe/Berlin', hosts: [{ name: 'alpha' }, { name: 'beta' }] }
const ID = 'ops:health-check'

/** Of the morning check alone: what holds for one schedule holds for all. */
function wanted() {
  return wantedSchedules(
    PROCEDURES.filter(({ id }) => id === 'health-check'),
    ESTATE,
  )
}

function planned(): SchedulePlan {
  const plan = wanted()[0]?.plan
  assert.ok(plan)
  return plan
}

function found(changes: Partial<FoundSchedule> = {}): FoundSchedule {
  return { id: ID, isOurs: true, plan: planned(), ...changes }
}

describe('the wanted schedules', () => {
  test('follow the table and the estate', () => {
    const plan = planned()
    assert.deepEqual(
      [plan.timezone, plan.overlap, plan.catchupMs, plan.pauseOnFailure, plan.workflowId],
      ['Europe/Berlin', 'SKIP', 3 * 3_600_000, false, 'health-check:all'],
    )
    assert.deepEqual(plan.args, [{ host: null, only: null, requestedBy: 'schedule' }])
    assert.deepEqual(plan.hosts, ['alpha', 'beta'])
  })

  test('leave out what only people start', () => {
    const onDemand = PROCEDURES.map((procedure): Procedure => ({ ...procedure, cadence: null }))
    assert.deepEqual(wantedSchedules(onDemand, ESTATE), [])
  })
})

describe('a sync', () => {
  const differing = (change: Partial<SchedulePlan>) => [found({ plan: { ...planned(), ...change } })]
  for (const [what, existing, expected] of [
    ['creates what is missing', [], ['create ops:health-check']],
    ['keeps what is in step', [found()], ['keep ops:health-check']],
    ['updates another time zone', differing({ timezone: 'UTC' }), ['update ops:health-check timezone']],
    ['updates another overlap', differing({ overlap: 'BUFFER_ONE' }), ['update ops:health-check overlap']],
    ['updates a default catch-up', differing({ catchupMs: 31_536_000_000 }), ['update ops:health-check catchupMs']],
    ['updates new hosts', differing({ hosts: ['alpha'] }), ['update ops:health-check hosts']],
    [
      'updates another hour',
      differing({ calendars: [calendarRanges({ hour: 8 })] }),
      ['update ops:health-check calendars'],
    ],
    ['names everything that differs', differing({ summary: '', args: [] }), ['update ops:health-check args,summary']],
    ['leaves a foreign one of our id alone', [found({ isOurs: false })], ['conflict ops:health-check']],
    [
      'removes our retired ones',
      [found(), found({ id: 'ops:old', plan: null })],
      ['keep ops:health-check', 'remove ops:old'],
    ],
    ['leaves foreign ones alone', [found(), found({ id: 'backup', isOurs: false })], ['keep ops:health-check']],
  ] as const) {
    test(what, () => {
      const changes = planScheduleChanges(wanted(), existing)
      const words = changes.map(change =>
        change.kind === 'update'
          ? `${change.kind} ${change.id} ${change.differs.join()}`
          : `${change.kind} ${change.id}`,
      )
      assert.deepEqual(words, expected)
    })
  }
})

test('a calendar is spelt out as the server describes it', () => {
  assert.deepEqual(
    calendarRanges({ hour: 2, dayOfWeek: 'SATURDAY', dayOfMonth: { start: 1, end: 7 }, month: ['MARCH', 'JUNE'] }),
    {
      second: [{ start: 0, end: 0, step: 1 }],
      minute: [{ start: 0, end: 0, step: 1 }],
      hour: [{ start: 2, end: 2, step: 1 }],
      dayOfMonth: [{ start: 1, end: 7, step: 1 }],
      month: [
        { start: 'MARCH', end: 'MARCH', step: 1 },
        { start: 'JUNE', end: 'JUNE', step: 1 },
      ],
      dayOfWeek: [{ start: 'SATURDAY', end: 'SATURDAY', step: 1 }],
    },
  )
})
