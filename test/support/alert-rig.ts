/** Causes of alerts on the real server with fake hands: everything that they ask of the world is written into a notebook. */
import { setTimeout as pause } from 'node:timers/promises'
import type { AlertActivities } from '../../activities/alert-response.ts'
import type { ChatActivities, IncidentActivities, MailOrder, PostOrder } from '../../activities/incident-response.ts'
import type { AlertBatch } from '../../domain/alerts/alert.ts'
import type { AlertView } from '../../domain/alerts/view.ts'
import { alertWorkflowId, CHAT_QUEUE, CONTROL_QUEUE } from '../../domain/ids.ts'
import type { EventRow } from '../../domain/ledger.ts'
import { workflowBundle } from '../../workers/bundle.ts'
import type { AlertWorkflow } from '../../workflows/alert-start.ts'
import { causeQuery } from '../../workflows/messages.alerts.ts'
import { alertsSignal } from '../../workflows/messages.ts'
import { team } from './team.ts'
import type { Rig } from './workflow-rig.ts'

type Opened = Parameters<IncidentActivities['openIncident']>[0]
type Told = Parameters<IncidentActivities['tellIncident']>[0]

export interface AlertNotebook {
  readonly opened: Opened[]
  readonly told: Told[]
  readonly posts: PostOrder[]
  readonly mails: MailOrder[]
  readonly events: EventRow[]
  beats: number
}

type Control = Pick<IncidentActivities, 'openIncident' | 'tellIncident' | 'record' | 'readTeam'> & AlertActivities

export interface AlertChanges {
  readonly control?: Partial<Control>
  readonly chat?: Partial<ChatActivities>
}

export function alertHands(changes: AlertChanges = {}) {
  const notebook: AlertNotebook = { opened: [], told: [], posts: [], mails: [], events: [], beats: 0 }
  const control: Control = {
    async openIncident(request) {
      notebook.opened.push(request)
    },
    async tellIncident(request) {
      notebook.told.push(request)
    },
    async record(rows) {
      for (const row of rows) if (row.table === 'events') notebook.events.push(row.row)
    },
    readTeam: async () => team,
    briefAlert: async () => ({ timezone: 'UTC', holidays: [], restarts: [] }),
    async sendHeartbeat() {
      notebook.beats += 1
      return true
    },
    countAlerts: async () => [],
    ...changes.control,
  }
  const chat: Partial<ChatActivities> = {
    async post(order) {
      notebook.posts.push(order)
      return { channel: order.channel, ts: '1700000000.000100' }
    },
    async mail(order) {
      notebook.mails.push(order)
    },
    ...changes.chat,
  }
  return { hands: { control, chat }, notebook }
}

/**
 * Runs `story` while both queues are worked for. Nothing is kept in between unless told: each step replays the run from
 * its beginning, which finds what is not deterministic.
 */
export async function withAlertWorkers<T>(
  rig: Rig,
  { control, chat }: ReturnType<typeof alertHands>['hands'],
  story: () => Promise<T>,
  { maxCachedWorkflows = 0 }: { maxCachedWorkflows?: number } = {},
): Promise<T> {
  const decider = {
    taskQueue: CONTROL_QUEUE,
    activities: control,
    workflowBundle: await workflowBundle(),
    maxCachedWorkflows,
  }
  return await rig.whileWorking([decider, { taskQueue: CHAT_QUEUE, activities: chat }], story)
}

/** As the door does it. */
export async function tell(rig: Rig, batch: AlertBatch): Promise<void> {
  await rig.client.workflow.signalWithStart<AlertWorkflow, [AlertBatch]>('alert', {
    workflowId: alertWorkflowId(batch.cause),
    taskQueue: CONTROL_QUEUE,
    args: [{ cause: batch.cause, carried: null }],
    signal: alertsSignal,
    signalArgs: [batch],
  })
}

export async function ask(rig: Rig, cause: string): Promise<AlertView> {
  return await rig.client.workflow.getHandle(alertWorkflowId(cause)).query(causeQuery)
}

/** Waits until `look` gives something that is neither undefined nor false. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found as Exclude<Awaited<T>, undefined | false>
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await pause(50)
  }
}
