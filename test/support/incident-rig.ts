/** An incident on the real server with fake hands: everything that it asks of the world is written into a notebook. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import type { ControlPlaneActivities } from '../../activities/control-plane.ts'
import type {
  ApprovalActivities,
  ChatActivities,
  IncidentActivities,
  MailOrder,
  PageOrder,
  PostOrder,
} from '../../activities/incident-response.ts'
import type { ResponseHands } from '../../activities/response-hands.ts'
import { CONTROL_QUEUE, incidentWorkflowId } from '../../domain/ids.ts'
import type { IncidentCommand, IncidentDeclaration, IncidentMessage } from '../../domain/incident/commands.ts'
import type { CardPlace, Incident, LinkedAlert } from '../../domain/incident/incident.ts'
import type { IncidentRow } from '../../domain/ledger.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { isUnanswered } from '../../starters/client.ts'
import { answerQuery, incidentQuery, incidentSignal } from '../../workflows/messages.ts'
import { estate } from './facts.ts'
import { ben, team } from './team.ts'
import type { Hands, Rig } from './workflow-rig.ts'

/** What the world was asked for, in order. */
export interface Notebook {
  readonly pages: PageOrder[]
  readonly quiets: string[]
  readonly cards: (CardPlace | null)[]
  readonly posts: PostOrder[]
  readonly mails: MailOrder[]
  readonly rows: IncidentRow[]
  readonly told: { readonly number: number | undefined; readonly message: IncidentMessage }[]
  readonly looks: string[]
}

type Control = ControlPlaneActivities & IncidentActivities & ApprovalActivities

export interface Changes {
  readonly control?: Partial<Control>
  readonly chat?: Partial<ChatActivities>
  readonly alpha?: Partial<ResponseHands>
}

/** Hands that do what they are asked at once, but for what a test changes. Host beta is well; so is alpha. */
export function incidentHands(changes: Changes = {}): { readonly hands: Hands; readonly notebook: Notebook } {
  const notebook: Notebook = { pages: [], quiets: [], cards: [], posts: [], mails: [], rows: [], told: [], looks: [] }
  const place: CardPlace = { channel: 'C0INCIDENTS', ts: '1700000000.000100' }
  let posted = 0
  const control: Partial<Control> = {
    readEstate: async () => estate,
    readTeam: async () => team,
    numberIncident: async () => 7,
    async record(rows) {
      for (const row of rows) if (row.table === 'incidents') notebook.rows.push(row.row)
    },
    async tellIncident({ number, message }) {
      notebook.told.push({ number, message })
    },
    readStanding: async () => 'open',
    readEnd: async () => null,
    readAlerts: async () => [],
    lookUpAlerts: async ({ alerts }) => alerts.map(alert => ({ ...alert, state: 'firing', silencedUntil: null })),
    readRecentWork: async () => ['health-check:all ok at 07:00'],
    writePostmortem: async () => ({ kind: 'postmortem', ref: 'postmortem/7', bytes: 10, sha256: 'a'.repeat(64) }),
    readFreeze: async () => null,
    openReviewsIn: async () => [],
    proveRequest: async () => ({ kind: 'genuine' }),
    ...changes.control,
  }
  const chat: ChatActivities = {
    async showCard({ place: known }) {
      notebook.cards.push(known)
      return place
    },
    async post(order) {
      notebook.posts.push(order)
      posted += 1
      return { channel: order.channel, ts: `1700000001.${String(posted).padStart(6, '0')}` }
    },
    async page(order) {
      notebook.pages.push(order)
      return { delivered: 'slack', failed: [], phone: null }
    },
    async quietPages({ text }) {
      notebook.quiets.push(text)
    },
    async mail(order) {
      notebook.mails.push(order)
    },
    ...changes.chat,
  }
  const looker = (host: string): Partial<ResponseHands> => ({
    async collectEvidence({ collector }) {
      notebook.looks.push(`${host} ${collector}`)
      return { collector, summary: `${collector} of ${host} is as ever`, artefact: null, facts: {} }
    },
  })
  const hosts = { alpha: { ...looker('alpha'), ...changes.alpha }, beta: looker('beta') }
  return { hands: { control, chat, hosts }, notebook }
}

export function declaration(changes: Partial<IncidentDeclaration> = {}): IncidentDeclaration {
  return {
    title: 'acp down',
    // Critical rings everybody at once.
    severity: 'high',
    category: 'availability',
    cause: null,
    hosts: [],
    impact: null,
    by: { person: ben, door: 'cli' },
    id: randomUUID(),
    startedAt: new Date().toISOString(),
    alerts: [],
    ...changes,
  }
}

export function message(by: PersonId | null, command: IncidentCommand, id: string = randomUUID()): IncidentMessage {
  const door = by === null ? 'ops' : 'cli'
  return { id, by: { person: by, door }, at: new Date().toISOString(), command }
}

/** A critical alert as an incident hears of it. */
export const FIRES: LinkedAlert = {
  fingerprint: 'f1',
  name: 'ServiceDown',
  instance: 'beta',
  state: 'firing',
  since: '2026-11-23T03:00:00.000Z',
  severity: 'critical',
  summary: 'no answer',
}

export type IncidentHandle = WorkflowHandle<() => Promise<Incident>>

export interface Opening {
  readonly workflowId?: string
  readonly renewAfter?: number
  /** Time passes as it does unless a test wants it skipped from the beginning. */
  readonly skipTime?: boolean
}

/** Declares as every door does: by signal with start. */
export async function declare(
  rig: Rig,
  declared: IncidentDeclaration = declaration(),
  { workflowId = incidentWorkflowId(`test/${randomUUID()}`), renewAfter, skipTime = false }: Opening = {},
): Promise<IncidentHandle> {
  await rig.client.workflow.signalWithStart('incident', {
    workflowId,
    taskQueue: CONTROL_QUEUE,
    args: [{ declaration: declared, carried: null, ...(renewAfter === undefined ? {} : { renewAfter }) }],
    signal: incidentSignal,
    signalArgs: [
      {
        id: declared.id,
        by: declared.by,
        at: declared.startedAt,
        command: { kind: 'declared-again', title: declared.title },
      },
    ],
  })
  if (skipTime) await rig.skipTime(workflowId)
  return rig.client.workflow.getHandle(workflowId)
}

/** Says something and waits for what becomes of it. */
export async function say(handle: IncidentHandle, by: PersonId, command: IncidentCommand, id?: string) {
  const told = message(by, command, id)
  await handle.signal(incidentSignal, told)
  for (;;) {
    const answer = await handle.query(answerQuery, told.id)
    if (answer !== null) return answer
    await pause(200)
  }
}

export async function done(handle: IncidentHandle, by: PersonId, command: IncidentCommand): Promise<void> {
  const answer = await say(handle, by, command)
  assert.equal(answer.outcome, 'done', `${command.kind}: ${answer.text}`)
}

/** From its acknowledgement over the root cause to "resolved". */
export async function resolveIncident(handle: IncidentHandle, by: PersonId): Promise<void> {
  await done(handle, by, { kind: 'acknowledge' })
  const rootCause = { trigger: 'deploy', propagation: 'heap', contributingFactors: 'no limit', findings: 'leak' }
  await done(handle, by, { kind: 'root-cause', rootCause })
  await done(handle, by, { kind: 'resolve', resolution: 'restarted' })
}

/** The incident as soon as it is as `wanted`. */
export async function incidentWhen(
  handle: IncidentHandle,
  wanted: (incident: Incident) => boolean,
  withinMs = 30_000,
  everyMs = 200,
): Promise<Incident> {
  const deadline = performance.now() + withinMs
  for (;;) {
    // Of several questions to a busy run some get no answer (decision 0010).
    const incident = await handle.query(incidentQuery).catch(nullWhenUnanswered)
    if (incident !== null && wanted(incident)) return incident
    if (performance.now() > deadline) {
      throw new Error(`the incident did not get there: ${JSON.stringify(incident?.timeline.slice(-5))}`)
    }
    await pause(everyMs)
  }
}

function nullWhenUnanswered(error: unknown): null {
  if (isUnanswered(error)) return null
  throw error
}

export async function until(happened: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!happened()) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen`)
    await pause(50)
  }
}
