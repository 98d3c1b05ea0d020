/** Opens incidents and tells them things. The write comes first; what the incident made of it is told when it is known. */
import { code, type Markup, markup } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import type { IncidentAnswer, IncidentCommand } from '../../domain/incident/commands.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import { SEVERITY_RULES } from '../../domain/incident/severity.ts'
import type { IncidentRequest } from '../../domain/incident/words.table.ts'
import {
  answerOf,
  declaredIncidentId,
  declareIncident,
  findIncident,
  readIncident,
  tellIncident,
} from '../incident-door.ts'
import { type Answer, NotRecorded, problem, said } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { durably, isPassing } from './durable.ts'
import { cliLine } from './instead.ts'

/** So long an answer to what was told is waited for, after it was acknowledged. */
const ANSWER_MS = 10_000
const MOST_OPEN = 50

export type Declaration = Extract<IncidentRequest, { kind: 'declare' }>

export async function declare(door: Door, { by, id, at }: Asked, request: Declaration): Promise<Answer> {
  const { kind: _kind, ...described } = request
  const workflowId = declaredIncidentId(by.id, request.title)
  const declaration = {
    ...described,
    cause: null,
    by: { person: by.id, door: 'slack' as const },
    id,
    startedAt: at,
    alerts: [],
  }
  await confirmed(door, cliLine(request), () => declareIncident(door.client, workflowId, declaration))
  const severity = SEVERITY_RULES[request.severity].title
  return said(
    markup`🚨 Recorded: *${request.title}* (${severity}). Its card comes in <#${{ mrkdwn: by.places.incidents }}>; saying it again joins it.`,
  )
}

/** Throws NotRecorded when nobody confirmed it; the answer of the incident comes with `later`. */
export async function tell(
  door: Door,
  { by, id, at }: Asked,
  workflowId: string,
  command: IncidentCommand,
  name: string = workflowId,
): Promise<Answer> {
  const message = { id, by: { person: by.id, door: 'slack' as const }, at, command }
  try {
    await confirmed(door, cliLine({ kind: 'tell', command }, name), () =>
      tellIncident(door.client, workflowId, message),
    )
  } catch (error) {
    if (!isOver(error)) throw error
    return problem(
      markup`⚠️ ${name} is over, and hears nothing any more.`,
      markup`To go on with it, declare it again with the same title.`,
    )
  }
  return { ...said(markup`✔ Recorded for ${name}.`), later: () => becameOf(door, workflowId, id) }
}

/** What became of a message, when it is known in time. */
export async function becameOf(
  door: Door,
  workflowId: string,
  id: string,
  withinMs = ANSWER_MS,
): Promise<Answer | null> {
  try {
    const answer = await answerOf(door.client, workflowId, id, withinMs)
    return answer === null ? null : answered(answer)
  } catch (error) {
    // Without a worker nobody looks at it now; it is written down all the same.
    if (isPassing(error)) return null
    throw error
  }
}

function answered(answer: IncidentAnswer): Answer {
  return answer.outcome === 'done'
    ? said(markup`✔ ${answer.text}`)
    : problem(markup`🚫 ${answer.text}`, markup`${answer.hint}`)
}

export interface Found {
  readonly workflowId: string
  /** INC-7. */
  readonly name: string
}

/** @param number null for the only open one. Throws OpsError when that is not clear. */
export async function find(door: Door, number: number | null): Promise<Found> {
  if (number !== null) {
    const run = await findIncident(door.client, number)
    // Under the id of one that has ended there may be another one by now.
    if (run?.isOpen === true) return { workflowId: run.workflowId, name: incidentName(number) }
    const hint = 'A new one takes a moment to be found; `status` lists those that are open.'
    const message = run === null ? `there is no ${incidentName(number)}` : `${incidentName(number)} has ended`
    throw new OpsError({ owner: 'operator', message, hint })
  }
  const open = await openIncidents(door)
  const [first, second] = open
  if (first === undefined) {
    throw new OpsError({ owner: 'operator', message: 'no incident is open', hint: 'Declare one: incident TITLE.' })
  }
  if (second === undefined) return { workflowId: first.workflowId, name: incidentName(first.number) }
  throw new OpsError({
    owner: 'operator',
    message: `several incidents are open: ${open.map(({ number: one, title }) => `${incidentName(one)} ${title}`).join(', ')}`,
    hint: 'Say which one, for example ack INC-7.',
  })
}

/** Newest first. Needs a worker, which knows their state. */
export async function openIncidents({ client }: Pick<Door, 'client'>): Promise<readonly Incident[]> {
  const ids: string[] = []
  const query = `WorkflowType = 'incident' AND ExecutionStatus = 'Running'`
  for await (const run of client.workflow.list({ query, pageSize: MOST_OPEN })) {
    ids.push(run.workflowId)
    if (ids.length === MOST_OPEN) break
  }
  const incidents = await Promise.all(ids.map(id => readIncident(client, id)))
  return incidents.flatMap(incident => (incident === null || incident.status === 'closed' ? [] : [incident]))
}

export function incidentLine({ number, title, severity, status, acknowledged }: Incident): Markup {
  const holder = acknowledged === null ? '🔔 nobody has it' : `${acknowledged.by} has it`
  return markup`• ${code(incidentName(number))} ${title} (${SEVERITY_RULES[severity].title}, ${status}): ${holder}`
}

async function confirmed<T>(door: Door, instead: string, write: () => Promise<T>): Promise<T> {
  try {
    return await durably(door, write)
  } catch (error) {
    throw isPassing(error) ? new NotRecorded(instead, error) : error
  }
}

function isOver(error: unknown): boolean {
  return error instanceof Error && error.name === 'WorkflowNotFoundError'
}
