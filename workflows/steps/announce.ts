/** Tells people who are not at the card: by mail, or in private. One way may be away for hours; somebody knows within minutes. */
import { CancellationScope, patched } from '@temporalio/workflow'
import type { MailOrder, PostOrder } from '../../activities/incident-response.ts'
import { threadPost } from '../../domain/chat/posts.ts'
import type { Effect } from '../../domain/incident/effects.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import type { Outcome } from '../../domain/incident/outcomes.ts'
import type { Team } from '../../domain/team/team.ts'
import { onChat } from '../proxies.ts'
import { isAway, whyFailed } from './away.ts'

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>

/** The incident and its people as they are when it is told. */
interface Known {
  readonly incident: () => Incident
  readonly team: () => Team
}

/** As long as nobody has to look for another way. */
const SOON = '90 seconds'

/** By Slack, or by mail where Slack does not take it soon. By both only when nobody knows whether Slack has taken it. */
export async function tell(task: Of<'tell'>, { incident, team }: Known, again: boolean): Promise<Outcome | null> {
  const { key, person, text } = task
  const { slack, people } = team()
  const found = people.find(({ id }) => id === person)
  const [account] = found?.slackUsers ?? []
  const message = threadPost({ text, mention: 'none' }, team())
  const order = account === undefined ? null : { key, channel: account, thread: null, message, again }
  const email = found?.email ?? null
  const posted = slack === null || order === null ? 'refused' : await post(order, email === null ? '24 hours' : SOON)
  if (posted === 'posted') return null
  if (email === null)
    return { kind: 'effect-failed', what: `tell ${person}`, why: 'neither Slack nor mail reaches them' }
  const { number, title } = incident()
  try {
    await onChat(`Tell ${person}`).mail({ key, to: [email], subject: `${incidentName(number)} ${title}`, text })
  } catch (error) {
    const why = whyMissed(error)
    // Where mail is refused for good, Slack is what is left.
    const isLeft = posted === 'away' && order !== null && patched('slack-after-refused-mail')
    if (!isLeft || (await post({ ...order, again: true }, '24 hours')) !== 'posted') {
      return { kind: 'effect-failed', what: `tell ${person}`, why }
    }
  }
  return null
}

async function post(order: PostOrder, within: '24 hours' | typeof SOON): Promise<'posted' | 'away' | 'refused'> {
  try {
    const { ts } = await onChat('Tell somebody in private', within).post(order)
    // Where Slack is not configured, the place is nowhere.
    return ts === '' && patched('said-nowhere-is-not-said') ? 'refused' : 'posted'
  } catch (error) {
    whyMissed(error)
    return isAway(error) ? 'away' : 'refused'
  }
}

/** The mail; what goes below the card is an effect of its own. Whoever waits for it may have to be told before it goes out. */
export async function announce(
  { key, subject, text, audiences }: Of<'announce'>,
  { team }: Pick<Known, 'team'>,
  waits: (outcome: Outcome) => void,
): Promise<Outcome> {
  const to = [...new Set(audiences.flatMap(audience => team().audiences[audience]))]
  if (to.length === 0) return { kind: 'announced', subject, audiences, failed: 'no address is configured' }
  const summary = `Mail to ${audiences.join(', ')}`
  const order = { key, to, subject, text }
  try {
    await mail(order, summary, why => waits({ kind: 'announce-delayed', subject, audiences, why }))
    return { kind: 'announced', subject, audiences, failed: null }
  } catch (error) {
    return { kind: 'announced', subject, audiences, failed: whyMissed(error) }
  }
}

async function mail(order: MailOrder, summary: string, delayed: (why: string) => void): Promise<void> {
  try {
    await onChat(summary, SOON).mail(order)
  } catch (error) {
    if (!isAway(error) || !patched('late-mail-is-told')) throw error
    delayed(whyMissed(error))
    await onChat(summary).mail(order)
  }
}

/** Whoever is told to stop may fail on the way out: what was to be said is said by the next run. */
function whyMissed(error: unknown): string {
  const why = whyFailed(error)
  if (CancellationScope.current().consideredCancelled && patched('stopped-words-are-said-later')) throw error
  return why
}
