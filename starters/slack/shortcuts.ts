/** Shortcuts: declare an incident from anywhere, and put a message on the timeline of an incident. */
import { cut, markup } from '../../domain/chat/text.ts'
import { plainText } from '../../domain/chat/words.split.ts'
import { OpsError } from '../../domain/failures.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import { cleanText } from '../../domain/incident/words.said.ts'
import { isPassing } from '../client.ts'
import { type Answer, problem } from './answer.ts'
import type { Asked, Door, Speaker } from './door.ts'
import { openDeclare } from './forms.ts'
import { findToTell, openIncidents, tell } from './incidents.ts'
import type { Shortcut } from './payloads.ts'
import { personReader } from './people.ts'

/** callback_id of the shortcuts; the manifest declares them. */
export const SHORTCUTS = { declare: 'ops:shortcut:declare:v1', note: 'ops:shortcut:note:v1' } as const

export async function shortcut(door: Door, asked: Asked, incoming: Shortcut): Promise<Answer> {
  const { callback, trigger, message, channel } = incoming
  if (callback === SHORTCUTS.declare) return await openDeclare(door, trigger)
  if (callback !== SHORTCUTS.note || message === null) {
    return problem(
      markup`⚠️ This shortcut is not known any more.`,
      markup`\`${asked.by.places.command} help\` says what there is.`,
    )
  }
  const text = cleanText(plainText(message.text, personReader(asked.by.team, null)))
  if (text === '') return problem(markup`⚠️ This message has no text that could be kept.`)
  const author = asked.by.team.people.find(({ slackUsers }) => slackUsers.includes(message.user ?? ''))
  const command = { kind: 'note', text: cut(`${author?.id ?? 'somebody'} in the chat: ${text}`, 3_000) } as const
  const above = await incidentAbove(door, asked.by, message, channel)
  const found = above ?? (await findToTell(door, { kind: 'tell', incident: null, command }))
  return await tell(door, asked, found, command)
}

/**
 * The open incident below whose card a message stands; null for one that stands by itself, or in another channel: the only open
 * one is meant then. Throws OpsError below anything else, for there it would become a note of an incident that it is not about.
 */
async function incidentAbove(
  door: Door,
  { places }: Speaker,
  { thread, isReply }: NonNullable<Shortcut['message']>,
  channel: string | null,
): Promise<Incident | null> {
  const open = await openIncidents(door).catch(nullWhileAway)
  const above = open?.answers.find(({ card }) => card?.channel === channel && card.ts === thread) ?? null
  if (above !== null || !isReply || channel !== places.incidents) return above
  const message =
    open?.unread.length === 0 ? 'this is below no open incident' : 'no worker says now below which incident this is'
  throw new OpsError({ owner: 'operator', message, hint: 'Write `incident note INC-n …` for the one that is meant.' })
}

function nullWhileAway(error: unknown): null {
  if (isPassing(error)) return null
  throw error
}
