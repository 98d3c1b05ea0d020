/** How an answer reaches the person: in the acknowledgement where Slack shows it, else through the address or the channel it came from. */
import { section } from '../../domain/chat/blocks.ts'
import type { ChatMessage } from '../../domain/chat/chat.ts'
import { noticeModal } from '../../domain/chat/modals.ts'
import { joined, type Markup, markup, paragraph } from '../../domain/chat/text.ts'
import type { Answer } from './answer.ts'
import type { Door } from './door.ts'
import type { Incoming, Submission } from './payloads.ts'

/** Answers the request; the body is what Slack shows, or does with a form. */
export type Acknowledge = (body?: Readonly<Record<string, unknown>>) => Promise<void>

/** Lines in one block; Slack's limit is of characters. */
const LINES_PER_BLOCK = 12

export function messageOf(lines: readonly Markup[]): ChatMessage {
  const starts = lines.flatMap((_line, index) => (index % LINES_PER_BLOCK === 0 ? [index] : []))
  return {
    text: joined(lines, '\n').mrkdwn.slice(0, 3_000),
    blocks: starts.flatMap(start => section(lines.slice(start, start + LINES_PER_BLOCK))),
  }
}

/** The first answer. Answers whether the lines still have to be said another way. */
export async function acknowledgeWith(acknowledge: Acknowledge, incoming: Incoming, answer: Answer): Promise<boolean> {
  const { lines } = answer
  switch (incoming.kind) {
    case 'command':
      await acknowledge(lines.length === 0 ? undefined : { response_type: 'ephemeral', ...messageOf(lines) })
      return false
    case 'submission':
      await acknowledge(answer.isProblem === true ? problemInForm(incoming, lines) : undefined)
      // A form that was taken closes; what was made of it shows on the card, or comes later.
      return false
    default:
      await acknowledge()
      return lines.length > 0
  }
}

/** Beside the first field, so that what was typed stays. Slack takes plain text there. */
function problemInForm({ values }: Submission, lines: readonly Markup[]): Readonly<Record<string, unknown>> {
  const [field] = Object.keys(values)
  const text = plainWords(lines)
  if (field === undefined) return { response_action: 'update', view: noticeModal('Not done', lines) }
  return { response_action: 'errors', errors: { [field]: text } }
}

function plainWords(lines: readonly Markup[]): string {
  return joined(lines, ' ')
    .mrkdwn.replaceAll(/&lt;|&gt;|&amp;/g, entity => PLAIN[entity] ?? entity)
    .replaceAll(/[*`]/g, '')
    .slice(0, 2_000)
}

const PLAIN: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' }

/** Said while it is not known whether it is recorded; the form keeps what was typed. */
export async function acknowledgePending(acknowledge: Acknowledge, incoming: Incoming): Promise<void> {
  switch (incoming.kind) {
    case 'command':
      await acknowledge({ response_type: 'ephemeral', ...messageOf(PENDING) })
      return
    case 'submission':
      await acknowledge({
        response_action: 'update',
        view: noticeModal('Not confirmed yet', [...PENDING, ...typed(incoming)]),
      })
      return
    default:
      await acknowledge()
  }
}

export const PENDING: readonly Markup[] = [
  markup`⏳ *Not confirmed yet.* ops keeps trying for half a minute and says here what became of it.`,
]

function typed({ values }: Submission): readonly Markup[] {
  const filled = Object.entries(values).filter(([, value]) => value !== '')
  return filled.map(([field, value]) => markup`*${field}*: ${paragraph(value, 1_000)}`)
}

/** What is said after the acknowledgement. Best effort: the record is in Temporal and on the card, never in a whisper. */
export async function deliver(
  door: Door,
  incoming: Incoming,
  { lines, isProblem }: Answer,
  wasPending: boolean,
): Promise<void> {
  if (lines.length === 0 && !wasPending) return
  const shown = lines.length > 0 ? lines : [markup`✔ *Recorded.* The card shows it.`]
  if (incoming.kind === 'submission' && wasPending) {
    const title = isProblem === true ? 'NOT recorded' : 'Recorded'
    await door.slack.updateView(
      incoming.viewId,
      noticeModal(title, [...shown, ...(isProblem === true ? typed(incoming) : [])]),
    )
    return
  }
  const message = messageOf(shown)
  const { user } = incoming.sender
  const { channel, responseUrl } = addressOf(incoming)
  const ways = [
    ...(responseUrl === null ? [] : [() => door.slack.respond(responseUrl, message)]),
    ...(channel === null ? [] : [() => door.slack.whisper(channel, user, message)]),
    () => door.slack.tell(user, message),
  ]
  for (const way of ways) {
    try {
      await way()
      return
    } catch (error) {
      door.log.warn({ err: error, user }, 'an answer could not be delivered this way')
    }
  }
}

function addressOf(incoming: Incoming) {
  if (incoming.kind === 'command' || incoming.kind === 'press' || incoming.kind === 'shortcut') {
    return { channel: incoming.channel, responseUrl: incoming.responseUrl }
  }
  return { channel: null, responseUrl: null }
}
