/** Opens incidents and tells them things. The write comes first; what the incident made of it is told when it is known. */
import { findIncident } from '../../activities/find-incident.ts'
import { code, type Markup, markup } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import type { IncidentAnswer, IncidentCommand } from '../../domain/incident/commands.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import { SEVERITY_RULES } from '../../domain/incident/severity.ts'
import type { IncidentRequest } from '../../domain/incident/words.table.ts'
import { isPassing } from '../client.ts'
import { answerOf, declaredIncidentId, declareIncident, readIncident, tellIncident } from '../incident-door.ts'
import { indexedOpen, type OpenIncident } from '../open-incidents.ts'
import { type Read, readEach } from '../read-each.ts'
import { opsIncident } from '../search-attributes.ts'
import { withProof } from '../sign-request.ts'
import { type Answer, NotRecorded, problem, recorded } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { durably } from './durable.ts'
import { cliLine } from './instead.ts'

/** So long an answer to what was told is waited for, after it was acknowledged. */
const ANSWER_MS = 10_000
/** So long nobody waits for a number who has waited in vain already. */
const NAME_MS = 1_000

export type Declaration = Extract<IncidentRequest, { kind: 'declare' }>
type Telling = Extract<IncidentRequest, { kind: 'tell' }>

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
  await confirmed(
    door,
    async () => cliLine(request),
    () => declareIncident(door.client, workflowId, declaration),
  )
  const severity = SEVERITY_RULES[request.severity].title
  return recorded(
    markup`🚨 Recorded: *${request.title}* (${severity}). Its card comes in <#${{ mrkdwn: by.places.incidents }}>. If you have declared it before and it is not closed, that one goes on, as ${severity} at least.`,
  )
}

/** Throws NotRecorded when nobody confirmed it; the answer of the incident comes with `later`. */
export async function tell(
  door: Door,
  { by, id, at }: Asked,
  { workflowId, number }: OpenIncident,
  command: IncidentCommand,
): Promise<Answer> {
  const name = nameOf(number)
  // The run itself looks whether it is the one that is meant: between a look of ours and the message it may have changed.
  const meant = number === null || number === 0 ? {} : { incident: number }
  const said = { id, by: { person: by.id, door: 'slack' as const }, at, ...meant, command }
  const message = withProof(said, workflowId, { person: by.id, door: 'slack', signer: door.signer })
  try {
    await confirmed(
      door,
      async () => cliLine({ kind: 'tell', command }, name ?? (await indexedName(door, workflowId))),
      () => tellIncident(door.client, workflowId, message),
    )
  } catch (error) {
    if (!isOver(error)) throw error
    const over = markup`⚠️ ${name ?? workflowId} is over, and hears nothing any more.`
    return { ...problem(over, markup`To go on with it, declare it again with the same title.`), recorded: false }
  }
  return { ...recorded(markup`✔ Recorded for ${name ?? workflowId}.`), later: () => becameOf(door, workflowId, id) }
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
    ? recorded(markup`✔ ${answer.text}`)
    : { ...problem(markup`🚫 ${answer.text}`, markup`${answer.hint}`), recorded: true }
}

/** For what is going to be told: throws NotRecorded when nobody can say which incident is meant. */
export async function findToTell(door: Door, request: Telling): Promise<OpenIncident> {
  const name = request.incident === null ? null : incidentName(request.incident)
  return await confirmed(
    door,
    async () => cliLine(request, name),
    () => find(door, request.incident),
  )
}

/** By the index alone, which answers without a worker. @param number null for the only open one. Throws OpsError when that is not clear. */
export async function find(door: Pick<Door, 'client'>, number: number | null): Promise<OpenIncident> {
  if (number !== null) {
    const run = await findIncident(door.client, number)
    // Under the id of one that has ended there may be another one by now.
    if (run?.isOpen === true) return { workflowId: run.workflowId, number }
    const hint = 'A new one takes a moment to be found; `status` lists those that are open.'
    const message = run === null ? `there is no ${incidentName(number)}` : `${incidentName(number)} has ended`
    throw new OpsError({ owner: 'operator', message, hint })
  }
  const open = await indexedOpen(door.client)
  const [first, second] = open
  if (first === undefined) {
    throw new OpsError({ owner: 'operator', message: 'no incident is open', hint: 'Declare one: incident TITLE.' })
  }
  if (second === undefined) return first
  throw new OpsError({
    owner: 'operator',
    message: `several incidents are open: ${open.map(({ number: one, workflowId }) => nameOf(one) ?? workflowId).join(', ')}`,
    hint: 'Say which one, for example ack INC-7; `status` shows what they are about.',
  })
}

/** Newest first, and the runs that did not say. Needs a worker, which knows their state; throws when none of them answers. */
export async function openIncidents(door: Pick<Door, 'client'>): Promise<Read<Incident>> {
  const ids = (await indexedOpen(door.client)).map(({ workflowId }) => workflowId)
  const { answers, unread } = await readEach(door.client, ids, id => readIncident(door.client, id))
  const open = answers.flatMap(incident => (incident === null || incident.status === 'closed' ? [] : [incident]))
  return { answers: open, unread }
}

/** For a card of before the buttons carried the number. */
async function indexedName({ client }: Pick<Door, 'client'>, workflowId: string): Promise<string | null> {
  const asked = client.withDeadline(Date.now() + NAME_MS, () => client.workflow.getHandle(workflowId).describe())
  return await asked.then(
    ({ typedSearchAttributes }) => typedSearchAttributes.get(opsIncident) ?? null,
    () => null,
  )
}

function nameOf(number: number | null): string | null {
  return number === null || number === 0 ? null : incidentName(number)
}

export function incidentLine({ number, title, severity, status, acknowledged }: Incident): Markup {
  const holder = acknowledged === null ? '🔔 nobody has it' : `${acknowledged.by} has it`
  return markup`• ${code(incidentName(number))} ${title} (${SEVERITY_RULES[severity].title}, ${status}): ${holder}`
}

/** @param instead the line that does the same, made when it is needed. */
async function confirmed<T>(door: Door, instead: () => Promise<string>, write: () => Promise<T>): Promise<T> {
  try {
    return await durably(door, write)
  } catch (error) {
    throw isPassing(error) ? new NotRecorded(await instead(), error) : error
  }
}

function isOver(error: unknown): boolean {
  return error instanceof Error && error.name === 'WorkflowNotFoundError'
}
