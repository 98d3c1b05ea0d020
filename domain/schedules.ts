/** Which schedules there should be, and what has to be done to the ones that are there. Pure: Temporal is spoken to elsewhere. */
import { durationMs } from './calendar.ts'
import type { HealthCheckRequest } from './health-check.ts'
import { ALL_HOSTS, CONTROL_QUEUE, procedureWorkflowId, scheduleId } from './ids.ts'
import { type Calendar, LAST_RESORT_MS, type Procedure, type ProcedureId } from './procedures.ts'
import { detailsOf } from './run-notes.ts'

/** Memo that tells our schedules from those of others in the same namespace. */
export const SCHEDULE_OWNER = 'opencode-acp-ops'

/** A range of calendar values as Temporal describes it: names for days and months, numbers elsewhere. */
export interface CalendarRange {
  readonly start: number | string
  readonly end: number | string
  readonly step: number
}

/** The parts of a calendar that the table of procedures can set. */
export type CalendarRanges = Readonly<
  Record<'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek', readonly CalendarRange[]>
>

/** A schedule as far as it is ours to decide. Whether it is paused is a person's decision and is not in here. */
export interface SchedulePlan {
  readonly calendars: readonly CalendarRanges[]
  readonly timezone: string
  readonly overlap: string
  readonly catchupMs: number
  readonly pauseOnFailure: boolean
  readonly workflowType: string
  readonly workflowId: string
  readonly taskQueue: string
  readonly args: readonly unknown[]
  readonly summary: string
  /** Markdown for the UI's page of what it starts. */
  readonly details: string
  /** After it the server ends what was started (LAST_RESORT_MS); 0 for never. */
  readonly timeoutMs: number
  /** Hosts in the search attribute of what it starts. */
  readonly hosts: readonly string[]
}

export interface WantedSchedule {
  readonly id: string
  readonly procedure: ProcedureId
  readonly plan: SchedulePlan
}

export interface FoundSchedule {
  readonly id: string
  readonly isOurs: boolean
  /** Null when nobody looked, because it is not ours. */
  readonly plan: SchedulePlan | null
}

export type ScheduleChange =
  | { readonly kind: 'create'; readonly id: string; readonly wanted: WantedSchedule }
  | {
      readonly kind: 'update'
      readonly id: string
      readonly wanted: WantedSchedule
      readonly differs: readonly string[]
    }
  | { readonly kind: 'keep'; readonly id: string }
  | { readonly kind: 'remove'; readonly id: string }
  /** Somebody else's schedule carries the id that ours needs. */
  | { readonly kind: 'conflict'; readonly id: string }

/** One schedule for each procedure with a cadence. */
export function wantedSchedules(
  procedures: readonly Procedure[],
  estate: { readonly timezone: string; readonly hosts: readonly { readonly name: string }[] },
): readonly WantedSchedule[] {
  const hosts = estate.hosts.map(({ name }) => name)
  const request: HealthCheckRequest = { host: null, only: null, requestedBy: 'schedule' }
  return procedures.flatMap(procedure => {
    const { id, cadence, title, manualId, workflowType } = procedure
    if (cadence === null) return []
    const plan: SchedulePlan = {
      calendars: [calendarRanges(cadence.calendar)],
      timezone: estate.timezone,
      overlap: cadence.overlap,
      catchupMs: durationMs(cadence.catchupWindow),
      // A failed health check must not stop health checks.
      pauseOnFailure: false,
      workflowType,
      workflowId: procedureWorkflowId(id, ALL_HOSTS),
      taskQueue: CONTROL_QUEUE,
      args: [request],
      summary: `${title} (${manualId}) of all hosts, ${cadence.words} ${estate.timezone}`,
      details: detailsOf(procedure, request, hosts),
      timeoutMs: LAST_RESORT_MS,
      hosts,
    }
    return [{ id: scheduleId(id), procedure: id, plan }]
  })
}

/** What to do, in the order of the wanted ones and then the retired. Foreign schedules are not mentioned. */
export function planScheduleChanges(
  wanted: readonly WantedSchedule[],
  found: readonly FoundSchedule[],
): readonly ScheduleChange[] {
  const changes = wanted.map((one): ScheduleChange => {
    const { id } = one
    const existing = found.find(candidate => candidate.id === id)
    if (existing === undefined) return { kind: 'create', id, wanted: one }
    if (!existing.isOurs) return { kind: 'conflict', id }
    const differs = differences(one.plan, existing.plan)
    return differs.length === 0 ? { kind: 'keep', id } : { kind: 'update', id, wanted: one, differs }
  })
  const retired = found.filter(({ id, isOurs }) => isOurs && !wanted.some(one => one.id === id))
  return [...changes, ...retired.map(({ id }): ScheduleChange => ({ kind: 'remove', id }))]
}

function differences(wanted: SchedulePlan, found: SchedulePlan | null): readonly string[] {
  return Object.entries(wanted)
    .filter(([field, value]) => !isSame(value, found === null ? undefined : Reflect.get(found, field)))
    .map(([field]) => field)
}

/** Equal as JSON, whatever the order of keys. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return (
    Array.isArray(a) === Array.isArray(b) && [...keys].every(key => isSame(Reflect.get(a, key), Reflect.get(b, key)))
  )
}

/** The calendar as the server describes it back, every part spelt out: what is not set is 0 for times and all for days. */
export function calendarRanges({ hour, minute, dayOfWeek, dayOfMonth, month }: Calendar): CalendarRanges {
  const one = (value: number | string): CalendarRange => ({ start: value, end: value, step: 1 })
  return {
    second: [one(0)],
    minute: [one(minute ?? 0)],
    hour: [one(hour)],
    dayOfMonth: [dayOfMonth === undefined ? { start: 1, end: 31, step: 1 } : { ...dayOfMonth, step: 1 }],
    month: month?.map(one) ?? [{ start: 'JANUARY', end: 'DECEMBER', step: 1 }],
    dayOfWeek: [dayOfWeek === undefined ? { start: 'SUNDAY', end: 'SATURDAY', step: 1 } : one(dayOfWeek)],
  }
}
