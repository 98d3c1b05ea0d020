/** Brings Temporal's schedules in step with the table of procedures. Foreign schedules and pauses made by people stay as they are. */
import {
  type CalendarSpec,
  type Client,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
  type ScheduleOverlapPolicy,
} from '@temporalio/client'
import { TypedSearchAttributes } from '@temporalio/common'
import { type Estate, operatedHosts } from '../domain/estate.ts'
import { PROCEDURES } from '../domain/procedures.ts'
import {
  type CalendarRanges,
  type FoundSchedule,
  planScheduleChanges,
  SCHEDULE_OWNER,
  type ScheduleChange,
  type SchedulePlan,
  type WantedSchedule,
  wantedSchedules,
} from '../domain/schedules.ts'
import { opsTarget, startAttributes } from './search-attributes.ts'

/** What a sync would do now. */
export async function compareSchedules(client: Client, estate: Estate): Promise<readonly ScheduleChange[]> {
  const wanted = wantedSchedules(PROCEDURES, { ...estate, hosts: operatedHosts(estate) })
  return planScheduleChanges(wanted, await findSchedules(client, wanted))
}

/** Does it, and answers with what was done. Repeating it changes nothing more. */
export async function syncSchedules(client: Client, estate: Estate): Promise<readonly ScheduleChange[]> {
  const changes = await compareSchedules(client, estate)
  for (const change of changes) await carryOut(client, change)
  return changes
}

async function carryOut(client: Client, change: ScheduleChange): Promise<void> {
  switch (change.kind) {
    case 'create':
      await client.schedule.create({
        scheduleId: change.id,
        memo: { owner: SCHEDULE_OWNER },
        ...optionsOf(change.wanted),
      })
      return
    case 'update':
      await client.schedule.getHandle(change.id).update(previous => {
        const { policies, ...options } = optionsOf(change.wanted)
        // The state is the person's who paused it; policies that we do not name stay.
        return { ...options, policies: { ...previous.policies, ...policies }, state: previous.state }
      })
      return
    case 'remove':
      await client.schedule.getHandle(change.id).delete()
      return
    case 'keep':
    case 'conflict':
      return
  }
}

/** The list lags a moment behind, so a schedule that there should be is asked for by its id; the list only finds retired ones. */
async function findSchedules(client: Client, wanted: readonly WantedSchedule[]): Promise<readonly FoundSchedule[]> {
  const direct = await Promise.all(wanted.map(({ id }) => findSchedule(client, id)))
  const found = direct.filter(schedule => schedule !== null)
  for await (const { scheduleId: id, memo } of client.schedule.list()) {
    if (wanted.some(one => one.id === id)) continue
    found.push({ id, isOurs: memo?.owner === SCHEDULE_OWNER, plan: null })
  }
  return found
}

async function findSchedule(client: Client, id: string): Promise<FoundSchedule | null> {
  try {
    const description = await client.schedule.getHandle(id).describe()
    return { id, isOurs: description.memo?.owner === SCHEDULE_OWNER, plan: planOf(description) }
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null
    throw error
  }
}

function optionsOf({ procedure, plan }: WantedSchedule) {
  return {
    spec: { calendars: plan.calendars.map(calendarSpec), timezone: plan.timezone },
    policies: {
      overlap: plan.overlap as ScheduleOverlapPolicy,
      catchupWindow: plan.catchupMs,
      pauseOnFailure: plan.pauseOnFailure,
    },
    action: {
      type: 'startWorkflow',
      workflowType: plan.workflowType,
      workflowId: plan.workflowId,
      taskQueue: plan.taskQueue,
      args: [...plan.args],
      memo: { requestedBy: 'schedule' },
      staticSummary: plan.summary,
      staticDetails: plan.details,
      workflowExecutionTimeout: plan.timeoutMs,
      typedSearchAttributes: startAttributes(procedure, plan.hosts),
    },
  } satisfies Partial<ScheduleOptions>
}

/** Ranges are Temporal's own; its types name days and months by literal, the table's by text. */
function calendarSpec(calendar: CalendarRanges): CalendarSpec {
  return Object.fromEntries(Object.entries(calendar).map(([field, ranges]) => [field, [...ranges]])) as CalendarSpec
}

/** What the server holds, in the form of a plan. */
function planOf({ spec, policies, action }: ScheduleDescription): SchedulePlan {
  return {
    calendars: (spec.calendars ?? []).map(({ second, minute, hour, dayOfMonth, month, dayOfWeek }) => ({
      second,
      minute,
      hour,
      dayOfMonth,
      month,
      dayOfWeek,
    })),
    timezone: spec.timezone ?? 'UTC',
    overlap: policies.overlap ?? 'SKIP',
    catchupMs: policies.catchupWindow,
    pauseOnFailure: policies.pauseOnFailure,
    workflowType: action.workflowType,
    workflowId: action.workflowId ?? '',
    taskQueue: action.taskQueue,
    args: action.args ?? [],
    summary: action.staticSummary ?? '',
    details: action.staticDetails ?? '',
    // The types allow a text such as '1 day'; the server answers with milliseconds.
    timeoutMs: Number(action.workflowExecutionTimeout ?? 0),
    hosts: hostsOf(action.typedSearchAttributes),
  }
}

function hostsOf(attributes: ScheduleDescription['action']['typedSearchAttributes']): readonly string[] {
  const typed = Array.isArray(attributes) ? new TypedSearchAttributes(attributes) : attributes
  return typed?.get(opsTarget) ?? []
}
