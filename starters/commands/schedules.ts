/** `ops schedules`: what runs by itself, and when. */
import { type Client, ScheduleNotFoundError } from '@temporalio/client'
import { localTime } from '../../domain/calendar.ts'
import type { SchedulesCommand } from '../../domain/commands.ts'
import { ALL_HOSTS, scheduleId } from '../../domain/ids.ts'
import { PROCEDURES, type ProcedureId } from '../../domain/procedures.ts'
import type { ScheduleChange } from '../../domain/schedules.ts'
import type { Context } from '../context.ts'
import { type ExitCode, ExitError, usageError } from '../exit-codes.ts'
import { ensureNamespace, ensureSearchAttributes } from '../namespace.ts'
import { syncSchedules } from '../schedules.ts'
import { table } from '../terminal.ts'

export async function schedules(command: SchedulesCommand, context: Context): Promise<ExitCode> {
  switch (command.action) {
    case 'list':
      return list(context)
    case 'sync':
      return sync(context)
    case 'upcoming':
      return upcoming(context)
    case 'pause':
    case 'resume':
      return hold(command, context)
    case 'trigger':
      return trigger(command.procedure, context)
  }
}

async function list({ terminal, json, temporal }: Context): Promise<ExitCode> {
  const { client } = await temporal()
  const known = await Promise.all(scheduledProcedures().map(procedure => look(client, procedure)))
  if (json) {
    terminal.json({ schedules: known })
    return 0
  }
  const rows = known.map(({ id, words, state, next, note }) => [
    id,
    words,
    terminal.paint(state === 'active' ? 'green' : 'yellow', state),
    next === null ? '' : `next ${next}`,
    note ?? '',
  ])
  for (const line of table(rows)) terminal.say(line)
  if (known.some(({ state }) => state === 'missing')) terminal.say('create what is missing with: ops schedules sync')
  return 0
}

function scheduledProcedures() {
  return PROCEDURES.filter(({ cadence }) => cadence !== null)
}

async function look(client: Client, { id: procedure, cadence }: (typeof PROCEDURES)[number]) {
  const id = scheduleId(procedure)
  const about = { id, procedure, words: cadence?.words ?? '' }
  try {
    const { state, info } = await client.schedule.getHandle(id).describe()
    return {
      ...about,
      state: state.paused ? ('paused' as const) : ('active' as const),
      note: state.paused ? (state.note ?? null) : null,
      next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
      missedCatchup: info.numActionsMissedCatchupWindow,
      skippedOverlap: info.numActionsSkippedOverlap,
    }
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
    return { ...about, state: 'missing' as const, note: null, next: null, missedCatchup: 0, skippedOverlap: 0 }
  }
}

async function sync({ terminal, json, temporal, estate }: Context): Promise<ExitCode> {
  const known = await estate()
  const { client } = await temporal()
  const { namespace } = client.options
  await ensureNamespace(client.connection, namespace)
  await ensureSearchAttributes(client.connection, namespace)
  const changes = await syncSchedules(client, known)
  if (json) terminal.json({ changes: changes.map(({ kind, id }) => ({ kind, id })) })
  else for (const change of changes) terminal.say(words(change))
  const conflict = changes.find(({ kind }) => kind === 'conflict')
  if (conflict === undefined) return 0
  terminal.note(`${conflict.id} is somebody else's schedule; rename or remove it, then sync again`)
  return 2
}

function words(change: ScheduleChange): string {
  switch (change.kind) {
    case 'create':
      return `created ${change.id}: ${change.wanted.plan.summary}`
    case 'update':
      return `updated ${change.id}: ${change.differs.join(', ')}`
    case 'keep':
      return `in step ${change.id}`
    case 'remove':
      return `removed ${change.id}: no procedure has this schedule any more`
    case 'conflict':
      return `left alone ${change.id}: it is not ours`
  }
}

async function upcoming({ terminal, json, temporal, estate }: Context): Promise<ExitCode> {
  const { timezone } = await estate()
  const { client } = await temporal()
  const times = await Promise.all(
    scheduledProcedures().map(async ({ id }) => {
      const description = await describe(client, id)
      if (description === null || description.state.paused) return []
      return description.info.nextActionTimes.map(time => ({
        procedure: id,
        target: ALL_HOSTS,
        at: time.toISOString(),
      }))
    }),
  )
  const next = times
    .flat()
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .slice(0, 20)
  if (json) terminal.json({ timezone, upcoming: next })
  else
    for (const { at, procedure, target } of next) terminal.say(`${localTime(at, timezone)}  ${procedure} of ${target}`)
  if (next.length === 0 && !json) terminal.say('nothing is scheduled; see ops schedules list')
  return 0
}

async function describe(client: Client, procedure: ProcedureId) {
  return client.schedule
    .getHandle(scheduleId(procedure))
    .describe()
    .catch((error: unknown) => {
      if (error instanceof ScheduleNotFoundError) return null
      throw error
    })
}

async function hold(
  { action, procedure, reason }: Extract<SchedulesCommand, { action: 'pause' | 'resume' }>,
  { terminal, json, temporal, person }: Context,
): Promise<ExitCode> {
  const { client } = await temporal()
  await existing(client, procedure)
  const handle = client.schedule.getHandle(scheduleId(procedure))
  const note = `${reason} (${person})`
  await (action === 'pause' ? handle.pause(note) : handle.unpause(note))
  if (json) terminal.json({ id: handle.scheduleId, state: action === 'pause' ? 'paused' : 'active', note })
  else terminal.say(`${handle.scheduleId} is ${action === 'pause' ? 'paused' : 'active'}: ${note}`)
  return 0
}

async function trigger(procedure: ProcedureId, { terminal, json, temporal }: Context): Promise<ExitCode> {
  const { client } = await temporal()
  const { info, policies } = await existing(client, procedure)
  const id = scheduleId(procedure)
  const overlap = policies.overlap ?? 'SKIP'
  const running = info.runningActions[0]?.workflow.workflowId
  if (running !== undefined && overlap === 'SKIP') {
    const hint = `Its overlap policy would skip this one. See it with \`ops show ${running}\`.`
    throw new ExitError(75, { owner: 'operator', message: `${running} is running`, hint })
  }
  // Without a word about overlap the SDK asks for a run beside the others.
  await client.schedule.getHandle(id).trigger(overlap)
  if (json) terminal.json({ id, triggered: true })
  else terminal.say(`${id} was triggered; see the run with: ops list --open`)
  return 0
}

async function existing(client: Client, procedure: ProcedureId) {
  const description = await describe(client, procedure)
  if (description !== null) return description
  throw usageError(`there is no schedule ${scheduleId(procedure)}`, 'Create it with: ops schedules sync')
}
