/** How an answer reaches the person: in the acknowledgement where Slack shows it, else through the address or the channel it came from. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChatMessage } from '../../domain/chat/chat.ts'
import { noticeModal } from '../../domain/chat/modals.ts'
import { joined, type Markup, markup } from '../../domain/chat/text.ts'
import type { Answer, Kept } from './answer.ts'
import type { Door } from './door.ts'
import { keptBlocks, messagesOf } from './message.ts'
import type { Incoming, Submission } from './payloads.ts'

/** Slack's pace for messages to the same place. */
const ONE_A_SECOND_MS = 1_000

/** Answers the request; the body is what Slack shows, or does with a form. */
export type Acknowledge = (body?: Readonly<Record<string, unknown>>) => Promise<void>

type Messages = readonly ChatMessage[]

/** The first answer. Answers with what still has to be said another way. */
export async function acknowledgeWith(acknowledge: Acknowledge, incoming: Incoming, answer: Answer): Promise<Messages> {
  const messages = messagesOf(answer)
  switch (incoming.kind) {
    case 'command': {
      const [first, ...rest] = messages
      await acknowledge(first === undefined ? undefined : { response_type: 'ephemeral', ...first })
      return rest
    }
    case 'submission':
      // A form that was taken closes; what was made of it shows on the card, or comes later.
      await acknowledge(answer.isProblem === true ? problemInForm(incoming, answer.lines) : undefined)
      // Beside a field there is no room for what has to be copied.
      return answer.kept === undefined ? [] : messages
    default:
      await acknowledge()
      return messages
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

/**
 * Said while it is not known what became of it; a form goes on showing what was typed. Answers with what still has to be said
 * another way: nobody sees the acknowledgement of a press.
 */
export async function acknowledgePending(
  acknowledge: Acknowledge,
  incoming: Incoming,
  writes: boolean,
): Promise<Messages> {
  const messages = messagesOf({ lines: [writes ? PENDING : SLOW] })
  switch (incoming.kind) {
    case 'command':
      await acknowledge({ response_type: 'ephemeral', ...messages[0] })
      return []
    case 'submission':
      await acknowledge({
        response_action: 'update',
        view: noticeModal('Not confirmed yet', [PENDING], typed(incoming).flatMap(keptBlocks)),
      })
      return []
    default:
      await acknowledge()
      // A form that opens, or the home, shows by itself that it has come.
      return writes ? messages : []
  }
}

const PENDING = markup`⏳ *Not confirmed yet.* ops keeps trying for half a minute and says here what became of it.`
const SLOW = markup`⏳ ops is slow now. Nothing is being recorded; what was asked for comes here.`

/** What is said in the end, when the acknowledgement could not say it. */
export async function deliverLate(door: Door, incoming: Incoming, answer: Answer): Promise<void> {
  const isSilent = answer.lines.length === 0 && answer.recorded === true
  const said = isSilent ? { ...answer, lines: [CONFIRMED] } : answer
  if (incoming.kind !== 'submission') return await deliver(door, incoming, messagesOf(said))
  const kept = keptOf(incoming, answer)
  try {
    await door.slack.updateView(incoming.viewId, noticeModal(titleOf(answer), said.lines, kept.flatMap(keptBlocks)))
  } catch (error) {
    // Closed by now, most often; whoever closed it has to know all the same.
    door.log.warn({ err: error, user: incoming.sender.user }, 'a form could not be told what became of it')
    await deliver(door, incoming, messagesOf({ ...said, kept }))
  }
}

/** What became known after the answer: by then a form is closed, so a refusal brings back what was typed. */
export async function deliverOutcome(door: Door, incoming: Incoming, outcome: Answer): Promise<void> {
  const kept = incoming.kind === 'submission' ? keptOf(incoming, outcome) : (outcome.kept ?? [])
  await deliver(door, incoming, messagesOf({ ...outcome, kept }))
}

/** With all that a form was filled with when nothing came of it, written down or not: nobody types that twice. */
function keptOf(incoming: Submission, { isProblem, kept = [] }: Answer): readonly Kept[] {
  return isProblem === true ? [...kept, ...typed(incoming)] : kept
}

const CONFIRMED = markup`✔ *Recorded.* The card shows it.`

function titleOf({ isProblem, recorded }: Answer): string {
  if (isProblem !== true) return recorded === true ? 'Recorded' : 'Done'
  if (recorded === undefined) return 'Not known'
  return recorded ? 'Refused' : 'NOT recorded'
}

/** Best effort: the record is in Temporal and on the card, never in a whisper. Of the home nothing is ever said. */
export async function deliver(door: Door, incoming: Incoming, messages: Messages): Promise<void> {
  if (incoming.kind === 'home') return
  const { user } = incoming.sender
  const { channel, responseUrl } = addressOf(incoming)
  for (const [index, message] of messages.entries()) {
    if (index > 0) await sleep(ONE_A_SECOND_MS)
    const ways = [
      ...(responseUrl === null ? [] : [() => door.slack.respond(responseUrl, message)]),
      ...(channel === null ? [] : [() => door.slack.whisper(channel, user, message)]),
      () => door.slack.tell(user, message),
    ]
    for (const way of ways) {
      const isSaid = await way().then(
        () => true,
        (error: unknown) => {
          door.log.warn({ err: error, user }, 'an answer could not be delivered this way')
          return false
        },
      )
      if (isSaid) break
    }
  }
}

function addressOf(incoming: Incoming) {
  if (incoming.kind === 'command' || incoming.kind === 'press' || incoming.kind === 'shortcut') {
    return { channel: incoming.channel, responseUrl: incoming.responseUrl }
  }
  return { channel: null, responseUrl: null }
}

/** Everything that was typed, to the letter. */
function typed({ values }: Submission): readonly Kept[] {
  const filled = Object.entries(values).filter(([, value]) => value !== '')
  return filled.map(([label, text]) => ({ label, text }))
}
