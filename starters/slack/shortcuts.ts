/** Shortcuts: declare an incident from anywhere, and put a message on the timeline of an incident. */
import { cut, markup } from '../../domain/chat/text.ts'
import { plainText } from '../../domain/chat/words.split.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import { cleanText } from '../../domain/incident/words.said.ts'
import { isPassing } from '../client.ts'
import { type Answer, problem } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { openDeclare } from './forms.ts'
import { findToTell, openIncidents, tell } from './incidents.ts'
import type { Shortcut } from './payloads.ts'

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
  const text = cleanText(plainText(message.text))
  if (text === '') return problem(markup`⚠️ This message has no text that could be kept.`)
  // Below a card it is clear which one is meant; elsewhere, and without a worker, only when there is no other.
  const { answers } = await openIncidents(door).catch(noneWhile)
  const thread = answers.find(({ card }) => card?.channel === channel && card.ts === message.thread)
  const author = asked.by.team.people.find(({ slackUsers }) => slackUsers.includes(message.user ?? ''))
  const command = { kind: 'note', text: cut(`${author?.id ?? 'somebody'} in the chat: ${text}`, 3_000) } as const
  const found = thread ?? (await findToTell(door, { kind: 'tell', incident: null, command }))
  return await tell(door, asked, found, command)
}

function noneWhile(error: unknown): { readonly answers: readonly Incident[] } {
  if (isPassing(error)) return { answers: [] }
  throw error
}
