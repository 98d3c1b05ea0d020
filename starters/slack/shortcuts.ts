/** Shortcuts: declare an incident from anywhere, and put a message on the timeline of an incident. */
import { cut, markup } from '../../domain/chat/text.ts'
import { plainText } from '../../domain/chat/words.split.ts'
import { incidentName } from '../../domain/incident/incident.ts'
import { cleanText } from '../../domain/incident/words.said.ts'
import { type Answer, problem } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { openDeclare } from './forms.ts'
import { find, openIncidents, tell } from './incidents.ts'
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
  const open = await openIncidents(door)
  // Below a card it is clear which one is meant; elsewhere only when there is no other.
  const thread = open.find(({ card }) => card?.channel === channel && card.ts === message.thread)
  const { workflowId, name } =
    thread === undefined ? await find(door, null) : { workflowId: thread.workflowId, name: incidentName(thread.number) }
  const author = asked.by.team.people.find(({ slackUsers }) => slackUsers.includes(message.user ?? ''))
  const note = cut(`${author?.id ?? 'somebody'} in the chat: ${text}`, 3_000)
  return await tell(door, asked, workflowId, { kind: 'note', text: note }, name)
}
