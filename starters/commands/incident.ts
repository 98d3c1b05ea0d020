/** `ops incident`: the same story as in Slack, by key instead of by account. Looks at Temporal for what is open, at the ledger for what was. */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { toMinute, toSecond } from '../../domain/clock.ts'
import type { IncidentCommand, IncidentMessage } from '../../domain/incident/commands.ts'
import { ONLY_TIMELINE, timelineMarkdown } from '../../domain/incident/from-ledger.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import { postmortemJson, postmortemMarkdown } from '../../domain/incident/postmortem.ts'
import type { IncidentRun } from '../../domain/incident/start.ts'
import { monthlyTimes } from '../../domain/incident/statistics.ts'
import type { IncidentRequest } from '../../domain/incident/words.table.ts'
import type { IncidentRow } from '../../domain/ledger.ts'
import type { IncidentCliCommand } from '../../domain/response-commands.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { actingPerson } from '../acting-person.ts'
import { askUntil } from '../ask-until.ts'
import type { Context } from '../context.ts'
import { type ExitCode, ExitError, usageError } from '../exit-codes.ts'
import { findRun } from '../find-run.ts'
import { answerOf, declaredIncidentId, declareIncident, readIncident, tellIncident } from '../incident-door.ts'
import { frozenWords, withLedger } from '../ledger-access.ts'
import { indexedOpen } from '../open-incidents.ts'
import { incidentLines } from '../show-incident.ts'
import { withProof } from '../sign-request.ts'
import { table } from '../terminal.ts'

const ANSWER_MS = 10_000

/** Fields of a command that name a person. */
const PERSONS = ['person', 'to', 'owner']
const MOST = 50

/** What MTTA and MTTR are made of; a false alarm or a duplicate counts for neither. */
const MILESTONES = ['declared', 'acknowledged', 'resolved', 'reopened', 'merged', 'false-alarm']

type Declaration = Extract<IncidentRequest, { kind: 'declare' }>
type Telling = Extract<IncidentRequest, { kind: 'tell' }>

export async function incident({ request, as, output }: IncidentCliCommand, context: Context): Promise<ExitCode> {
  switch (request.kind) {
    case 'declare':
      return declare(request, as, context)
    case 'tell':
      return tell(request, as, context)
    case 'list':
      return list(request, context)
    case 'statistics':
      return statistics(request.sinceMs, context)
    case 'show':
      return show(await numberOf(request.incident, context), request.timeline, context)
    case 'export':
      return exportOne(request, output, context)
    case 'form':
      throw usageError('some fields are missing', request.usage)
  }
}

async function declare(request: Declaration, as: string | null, context: Context): Promise<ExitCode> {
  const person = await actingPerson(await context.settings(), as)
  const { client } = await context.temporal()
  const workflowId = declaredIncidentId(person.id, request.title)
  const { kind: _, ...described } = request
  const declaration = {
    ...described,
    cause: null,
    by: { person: person.id, door: 'cli' as const },
    id: randomUUID(),
    startedAt: new Date().toISOString(),
    alerts: [],
  }
  const { runId } = await declareIncident(client, workflowId, declaration)
  const opened = await numbered(context, workflowId)
  if (context.json) context.terminal.json(opened ?? { workflowId, runId })
  else if (opened === null) {
    context.terminal.say(`recorded as ${workflowId}; it gets its number when a worker is back`)
  } else {
    const name = incidentName(opened.number)
    const joined = opened.startedAt < declaration.startedAt
    const what = `is open ${joined ? 'already ' : ''}(${opened.severity})${joined ? ', and you have joined it' : ''}`
    context.terminal.say(`${context.terminal.paint('bold', name)} ${what}: ${opened.title}`)
    context.terminal.say(context.terminal.paint('dim', `  ops incident show ${name}`))
  }
  return 0
}

/** Waits for the number, which is the first thing that a worker gives to an incident. */
async function numbered(context: Context, workflowId: string): Promise<Incident | null> {
  const { client } = await context.temporal()
  return await askUntil(client, ANSWER_MS, () => readIncident(client, workflowId))
}

async function tell(request: Telling, as: string | null, context: Context): Promise<ExitCode> {
  const person = await actingPerson(await context.settings(), as)
  const { client } = await context.temporal()
  const number = await numberOf(request.incident, context)
  const { workflowId, isOpen } = await runOf(context, number)
  if (!isOpen) {
    throw usageError(
      `${incidentName(number)} has ended`,
      'Declare it anew when it is back; what was is in ops incident show.',
    )
  }
  const message: IncidentMessage = {
    id: randomUUID(),
    by: { person: person.id, door: 'cli' },
    at: new Date().toISOString(),
    incident: number,
    command: meant(request.command, person.id),
  }
  await tellIncident(
    client,
    workflowId,
    withProof(message, workflowId, { person: person.id, door: 'cli', signer: person }),
  )
  const answer = await answerOf(client, workflowId, message.id, ANSWER_MS)
  if (answer === null) {
    const hint = `It counts as soon as a worker is back: ops incident show ${incidentName(number)}.`
    throw new ExitError(69, { owner: 'tool', message: 'recorded, but not looked at yet', hint })
  }
  if (context.json) context.terminal.json(answer)
  else context.terminal.say(answer.outcome === 'done' ? answer.text : `refused: ${answer.text}\n  ${answer.hint}`)
  return answer.outcome === 'done' ? 0 : 77
}

/** `me` is whoever speaks. */
function meant(command: IncidentCommand, person: PersonId): IncidentCommand {
  const replaced = Object.entries(command).map(([key, value]) => [
    key,
    value === 'me' && PERSONS.includes(key) ? person : value,
  ])
  return Object.fromEntries(replaced)
}

/** Without a number the only open incident is meant; with several, or none, that would be a guess. */
async function numberOf(given: number | null, context: Context): Promise<number> {
  if (given !== null) return given
  const { client } = await context.temporal()
  const open = await indexedOpen(client)
  const [only] = open
  if (only === undefined) throw usageError('no incident is open', '`ops incident declare TITLE` opens one.')
  if (open.length === 1 && only.number !== null) return only.number
  const names = open.map(({ number, workflowId }) =>
    number === null ? `${workflowId} (no number yet)` : incidentName(number),
  )
  throw usageError(
    open.length === 1
      ? `it has no number yet: ${only.workflowId}`
      : `${open.length} incidents are open: ${names.join(', ')}`,
    open.length === 1 ? 'A worker gives it one; try again then.' : 'Name it: INC-7.',
  )
}

async function runOf(context: Context, number: number): Promise<IncidentRun> {
  const { client } = await context.temporal()
  const found = await findRun(client, number)
  if (found !== null) return found
  throw unknownIncident(number)
}

function unknownIncident(number: number): ExitError {
  return usageError(`there is no ${incidentName(number)}`, '`ops incident list all` shows them.')
}

async function list(
  { open, sinceMs, search }: Extract<IncidentRequest, { kind: 'list' }>,
  context: Context,
): Promise<ExitCode> {
  const { terminal, json } = context
  const filter = {
    limit: MOST,
    open,
    ...(sinceMs === null ? {} : { since: new Date(Date.now() - sinceMs).toISOString() }),
    ...(search === null ? {} : { search }),
  }
  const [rows, frozen] = await withLedger(
    await context.settings(),
    async ledger => [await ledger.listIncidents(filter), await ledger.currentFreeze()] as const,
  )
  if (json) terminal.json({ incidents: rows, frozen })
  else {
    if (frozen !== null) terminal.say(terminal.paint('yellow', frozenWords(frozen)))
    for (const line of table(
      rows.map(row => [incidentName(row.number), row.severity, row.status, toMinute(row.startedAt), row.title]),
    )) {
      terminal.say(line)
    }
    if (rows.length === 0) terminal.say('no incidents')
    if (rows.length === MOST) terminal.note(`these are the newest ${MOST}; a text or since=7d finds others`)
  }
  return 0
}

async function statistics(sinceMs: number | null, { terminal, json, settings, estate }: Context): Promise<ExitCode> {
  const since = new Date(Date.now() - (sinceMs ?? 365 * 86_400_000)).toISOString()
  const rows = await withLedger(await settings(), ledger => ledger.milestones(MILESTONES, since))
  const months = monthlyTimes(rows, (await estate()).timezone)
  if (json) terminal.json({ months })
  else {
    const minutes = (value: number | null) => (value === null ? '-' : `${Math.round(value)} min`)
    for (const line of table([
      ['month', 'incidents', 'MTTA', 'MTTR'],
      ...months.map(month => [
        month.month,
        String(month.incidents),
        minutes(month.mttaMinutes),
        minutes(month.mttrMinutes),
      ]),
    ])) {
      terminal.say(line)
    }
  }
  return 0
}

/** The open incident from its workflow; one that Temporal has forgotten from the ledger's timeline. */
async function show(number: number, wantsTimeline: boolean, context: Context): Promise<ExitCode> {
  const { terminal, json } = context
  const { client } = await context.temporal()
  const run = await findRun(client, number)
  const found = run === null ? null : await readIncident(client, run.workflowId, run.runId)
  if (found !== null && !wantsTimeline) {
    if (json) terminal.json(found)
    else for (const line of incidentLines(found, terminal)) terminal.say(line)
    return 0
  }
  const timeline = await withLedger(await context.settings(), ledger => ledger.timelineOf(number))
  if (timeline.length === 0) throw unknownIncident(number)
  if (json) {
    terminal.json({ number, timeline })
    return 0
  }
  if (found === null) terminal.say(ONLY_TIMELINE)
  for (const row of timeline) terminal.say(`${toSecond(row.at)}  ${row.person ?? 'ops'}  ${row.text}`)
  return 0
}

async function exportOne(
  { incident: number, format }: Extract<IncidentRequest, { kind: 'export' }>,
  output: string | null,
  context: Context,
): Promise<ExitCode> {
  const { client } = await context.temporal()
  const run = await findRun(client, number)
  const found = run === null ? null : await readIncident(client, run.workflowId, run.runId)
  const rows = await withLedger(await context.settings(), ledger => ledger.timelineOf(number))
  if (found === null && rows.length === 0) throw unknownIncident(number)
  if (found === null) context.terminal.note(ONLY_TIMELINE)
  const text = exported(number, found, rows, format)
  if (output === null) context.terminal.say(text)
  else {
    await writeFile(output, `${text}\n`, { mode: 0o600 })
    if (context.json) context.terminal.json({ number, output })
    else context.terminal.say(`${incidentName(number)} is in ${output}`)
  }
  return 0
}

function exported(
  number: number,
  found: Incident | null,
  rows: readonly IncidentRow[],
  format: 'markdown' | 'json',
): string {
  if (format === 'json')
    return JSON.stringify(found === null ? { number, timeline: rows } : postmortemJson(found, rows), null, 2)
  return found === null ? timelineMarkdown(rows) : postmortemMarkdown(found, rows)
}
