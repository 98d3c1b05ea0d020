/** Does the routine go by itself: schedules in step with the table, and a health check today. */
import type { Client } from '@temporalio/client'
import { localDay, localTime } from '../../domain/calendar.ts'
import type { Estate } from '../../domain/estate.ts'
import type { Finding } from '../../domain/findings.ts'
import { scheduleId } from '../../domain/ids.ts'
import { findProcedure } from '../../domain/procedures.ts'
import type { ScheduleChange } from '../../domain/schedules.ts'
import { summarize } from '../run-records.ts'
import { compareSchedules } from '../schedules.ts'
import { judged } from './check.ts'

const SYNC = 'Bring them in step: ops schedules sync'

export async function examineSchedules(client: Client, estate: Estate): Promise<readonly Finding[]> {
  const changes = await compareSchedules(client, estate)
  return await Promise.all(changes.map(change => judgeSchedule(client, change)))
}

async function judgeSchedule(client: Client, change: ScheduleChange): Promise<Finding> {
  const id = 'schedule'
  const about = { evidence: { schedule: change.id } }
  switch (change.kind) {
    case 'create':
      return judged(id, 'fail', `${change.id} is missing`, { ...about, hint: SYNC })
    case 'update':
      return judged(id, 'warn', `${change.id} differs: ${change.differs.join(', ')}`, { ...about, hint: SYNC })
    case 'remove':
      return judged(id, 'warn', `${change.id} is retired`, { ...about, hint: SYNC })
    case 'conflict': {
      const hint = 'Rename or remove it, then sync: ops schedules sync'
      return judged(id, 'fail', `${change.id} is somebody else's schedule`, { ...about, hint })
    }
    case 'keep': {
      const { state } = await client.schedule.getHandle(change.id).describe()
      if (!state.paused) return judged(id, 'ok', `${change.id} is in step`, about)
      const hint = `When the reason is gone: ops schedules resume ${change.id.replace('ops:', '')} --reason R`
      return judged(id, 'warn', `${change.id} is paused: ${state.note ?? 'nobody said why'}`, { ...about, hint })
    }
  }
}

/** @param now ISO time. */
export async function examineLastCheck(client: Client, { timezone }: Estate, now: string): Promise<readonly Finding[]> {
  const id = 'health-check.today'
  const today = localDay(now, timezone)
  const since = new Date(Date.parse(now) - 48 * 3_600_000).toISOString()
  const type = findProcedure('health-check')?.workflowType ?? ''
  for await (const info of client.workflow.list({ query: `WorkflowType = '${type}' AND StartTime >= '${since}'` })) {
    const run = summarize(info)
    if (run.status !== 'completed' || run.target !== 'all' || localDay(run.nominalTime, timezone) !== today) continue
    return [judged(id, 'ok', `today's health check ended ${run.verdict} (${run.workflowId})`)]
  }
  const next = await nextTime(client)
  if (next !== null && localDay(next, timezone) === today) {
    return [judged(id, 'ok', `today's health check is due at ${localTime(next, timezone)}`)]
  }
  return [
    judged(id, 'warn', 'no health check of all hosts was completed today', {
      hint: 'Run one: ops run health-check --wait',
    }),
  ]
}

async function nextTime(client: Client): Promise<string | null> {
  const description = await client.schedule
    .getHandle(scheduleId('health-check'))
    .describe()
    .catch(() => null)
  if (description === null || description.state.paused) return null
  return description.info.nextActionTimes[0]?.toISOString() ?? null
}
