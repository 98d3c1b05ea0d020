/** What the slash command does. */

import type { ButtonValue } from '../../domain/chat/chat.ts'
import { code, type Markup, markup } from '../../domain/chat/text.ts'
import { CHAT_VERBS, type ChatRequest, type ChatVerb } from '../../domain/chat/words.ts'
import { incidentName } from '../../domain/incident/incident.ts'
import { INCIDENT_VERBS, type IncidentRequest } from '../../domain/incident/words.table.ts'
import type { OpenIncident } from '../open-incidents.ts'
import { type Answer, said } from './answer.ts'
import { decide } from './decisions.ts'
import type { Asked, Door, Speaker } from './door.ts'
import { openDeclare, openForm, openTimeline } from './forms.ts'
import { declare, find, findToTell, incidentLine, openIncidents, tell } from './incidents.ts'
import type { SlashCommand } from './payloads.ts'
import { carryOut } from './reads.ts'
import { recall, recallNumber } from './recall.ts'
import { turn } from './switch.ts'

/** A command is answered once: it waits a moment for what became of a decision. */
const OUTCOME_MS = 800

export async function command(
  door: Door,
  asked: Asked,
  { trigger }: SlashCommand,
  request: ChatRequest,
): Promise<Answer> {
  switch (request.kind) {
    case 'menu':
      return menu(asked.by)
    case 'help':
      return said(...helpLines(asked.by.places.command, request.topic))
    case 'whoami':
      return whoami(asked.by)
    case 'incident':
      return await incident(door, asked, trigger, request.request)
    case 'decide': {
      const { verdict, approvalId, reason } = request
      return await decide(door, asked, { verdict, approvalId, reason, shown: null }, OUTCOME_MS)
    }
    case 'switch':
      return await turn(door, asked, request.verb, request.reason)
    case 'command':
      return await carryOut(door, asked, request.argv)
  }
}

async function incident(door: Door, asked: Asked, trigger: string, request: IncidentRequest): Promise<Answer> {
  switch (request.kind) {
    case 'declare':
      return await declare(door, asked, request)
    case 'tell':
      return await tell(door, asked, await findToTell(door, request), request.command)
    case 'form':
      if (request.form === 'declare') return await openDeclare(door, trigger)
      return await openForm(door, { trigger, form: null }, request.form, async () =>
        buttonValue(await find(door, request.incident)),
      )
    case 'show': {
      // Whoever names one means that one, whether it is open or over.
      const number = request.incident
      if (request.timeline) {
        const story = async () =>
          number === null ? await recall(door, await find(door, null)) : await recallNumber(door, number)
        return await openTimeline(door, { trigger, form: null }, asked.by, story)
      }
      const shown = number ?? (await find(door, null)).number
      return await carryOut(door, asked, ['incident', 'show', ...(shown === null ? [] : [incidentName(shown)])])
    }
    case 'list':
      if (request.open) return await open(door)
      return await carryOut(door, asked, ['incident', 'list', ...listWords(request)])
    case 'export':
      return await carryOut(door, asked, [
        'incident',
        'export',
        `INC-${request.incident}`,
        `--format=${request.format}`,
      ])
  }
}

function listWords({ sinceMs, search }: Extract<IncidentRequest, { kind: 'list' }>): readonly string[] {
  return [
    'all',
    ...(sinceMs === null ? [] : [`--since=${Math.ceil(sinceMs / 60_000)}m`]),
    ...(search === null ? [] : [search]),
  ]
}

async function open(door: Door): Promise<Answer> {
  const { answers, unread } = await openIncidents(door)
  const missing = unread.map(id => markup`⚠️ ${code(id)} could not be read now; ${code(`ops show ${id}`)}`)
  const lines = [...answers.map(incidentLine), ...missing]
  return lines.length === 0 ? said(markup`No incident is open.`) : said(...lines)
}

function buttonValue({ workflowId, number }: OpenIncident): ButtonValue {
  return { v: 1, w: workflowId, ...(number === null ? {} : { n: number }) }
}

function menu({ places }: Speaker): Answer {
  const start = (words: string) => code(`${places.command} ${words}`)
  return said(
    markup`🚨 ${start('incident critical “what is wrong”')} opens an incident; ${start('incident')} asks for the details`,
    markup`📋 ${start('status')} shows what is open, ${start('approvals')} what waits for a decision, ${start('list open')} what runs`,
    markup`☎️ ${start('oncall')} says who is on call; ${start('help')} lists everything else`,
  )
}

function helpLines(root: string, topic: ChatVerb | null): readonly Markup[] {
  if (topic === null) return CHAT_VERBS.map(({ name, words }) => markup`${code(`${root} ${name}`)} ${words}`)
  const first = markup`${code(`${root} ${topic.name} ${topic.usage}`.trim())} ${topic.words}`
  if (topic.name !== 'incident') return [first]
  return [
    first,
    ...INCIDENT_VERBS.map(({ name, usage, words }) => markup`${code(`incident ${name} ${usage}`.trim())} ${words}`),
  ]
}

function whoami({ id, team }: Speaker): Answer {
  const groups = Object.entries(team.groups).flatMap(([name, members]) => (members.includes(id) ? [name] : []))
  const person = team.people.find(one => one.id === id)
  return said(
    markup`You are *${id}* (${person?.name ?? id}), in ${groups.length === 0 ? 'no group' : groups.join(', ')}.`,
    markup`Accounts here: ${person?.slackUsers.join(', ') ?? ''}; all of them are you.`,
  )
}
