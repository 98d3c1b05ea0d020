/** What a press of a button does. */
import { z } from 'zod'
import { ACTIONS, type ButtonValue, type MoreForm, moreFormOf } from '../../domain/chat/chat.ts'
import { markup } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import type { PersonId } from '../../domain/team/team.ts'
import type { OpenIncident } from '../open-incidents.ts'
import { type Answer, problem } from './answer.ts'
import { choiceOf, decide } from './decisions.ts'
import type { Asked, Door } from './door.ts'
import { FORM_OF_ACTION, openDecision, openDeclare, openForm, openPlan, openTimeline } from './forms.ts'
import { tell } from './incidents.ts'
import { closingLacksReview, openMore, openMoreForm } from './more.ts'
import type { Press } from './payloads.ts'
import { recall } from './recall.ts'

const Value = z.object({
  v: z.literal(1),
  w: z.string().max(255),
  a: z.string().max(255).optional(),
  d: z.string().max(64).optional(),
  // 0 on cards that were drawn while there was no number.
  n: z.int().nonnegative().optional(),
})

/** Throws OpsError when it is no value of ours, or one of a later version. */
export function readValue(text: string): ButtonValue {
  const parsed = Value.safeParse(json(text))
  if (parsed.data !== undefined) {
    const { v, w, a, d, n } = parsed.data
    return {
      v,
      w,
      ...(a === undefined ? {} : { a }),
      ...(d === undefined ? {} : { d }),
      ...(n === undefined || n === 0 ? {} : { n }),
    }
  }
  const hint = 'Use the newest card; `status` and `approvals` list what is open.'
  throw new OpsError({ owner: 'operator', message: 'this button is of another version of ops', hint })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The decision that a press asks for without a form; null when it is none. */
export function verdictOf(action: string): 'approve' | 'withdraw' | null {
  if (action === ACTIONS.approve) return 'approve'
  return action === ACTIONS.withdraw ? 'withdraw' : null
}

/** The decision whose reason a form asks for first; null when it is none. */
export function formVerdictOf(action: string): 'deny' | 'approve-alone' | null {
  if (action === ACTIONS.deny) return 'deny'
  return action === ACTIONS.approveAlone ? 'approve-alone' : null
}

/** The incident that a button or a form is about. */
export function foundBy({ w, n }: ButtonValue): OpenIncident {
  return { workflowId: w, number: n ?? null }
}

/** Whether something is written down by the press itself, and not by a form that it opens. */
export function writesAtOnce(action: string): boolean {
  return verdictOf(action) !== null || AT_ONCE.includes(action)
}

const AT_ONCE: readonly string[] = [
  ACTIONS.acknowledge,
  ACTIONS.stillOnIt,
  ACTIONS.takeLead,
  ACTIONS.noChange,
  ACTIONS.snooze,
  ACTIONS.close,
  ACTIONS.accept,
  ACTIONS.subscribe,
  ACTIONS.unsubscribe,
]

/** Whether what follows from the press decides something about a plan. */
export function isDecision(action: string): boolean {
  return verdictOf(action) !== null || formVerdictOf(action) !== null
}

export async function press(door: Door, asked: Asked, incoming: Press): Promise<Answer> {
  const { action, trigger, value: text } = incoming
  if (action === ACTIONS.declare) return await openDeclare(door, trigger)
  const value = readValue(text)
  const verdict = verdictOf(action)
  // The outcome comes after the acknowledgement: a press is answered at once.
  if (verdict !== null) return await quiet(decide(door, asked, choiceOf(value, verdict, ''), 0))
  const reasoned = formVerdictOf(action)
  if (reasoned !== null) return await openDecision(door, incoming, value, reasoned)
  const form = FORM_OF_ACTION[action]
  if (form !== undefined) return await openForm(door, incoming, form, async () => value)
  const more = moreFormOf(action) ?? (await formBefore(door, action, value))
  if (more !== null) return await openMoreForm(door, incoming, more, value, asked)
  switch (action) {
    case ACTIONS.approvalDetails:
      return await openPlan(door, incoming, value)
    case ACTIONS.timeline:
      return await openTimeline(door, incoming, asked.by, () => recall(door, foundBy(value)))
    case ACTIONS.more:
      return await openMore(door, incoming, value, asked)
  }
  const command = commandOf(action, value, asked.by.id)
  if (command === null) {
    return problem(
      markup`⚠️ This button is not known any more.`,
      markup`Use the newest card; \`status\` shows what is open.`,
    )
  }
  return await quiet(tell(door, asked, foundBy(value), command))
}

/** What has to be said before it counts, so that nobody is only told that something is missing. */
async function formBefore(door: Door, action: string, value: ButtonValue): Promise<MoreForm | null> {
  return action === ACTIONS.close && (await closingLacksReview(door, value)) ? 'review' : null
}

function commandOf(action: string, { a: offer }: ButtonValue, person: PersonId): IncidentCommand | null {
  switch (action) {
    case ACTIONS.acknowledge:
      return { kind: 'acknowledge' }
    case ACTIONS.stillOnIt:
      return { kind: 'still-on-it' }
    case ACTIONS.takeLead:
      return { kind: 'role', role: 'commander', person }
    case ACTIONS.noChange:
      return { kind: 'no-change' }
    case ACTIONS.snooze:
      return { kind: 'snooze', minutes: 15 }
    case ACTIONS.close:
      return { kind: 'close' }
    case ACTIONS.subscribe:
      return { kind: 'subscribe' }
    case ACTIONS.unsubscribe:
      return { kind: 'unsubscribe' }
    case ACTIONS.accept:
      return offer === undefined ? null : { kind: 'accept', offer }
    default:
      return null
  }
}

/** "Recorded" is what the card shows; a press says only what it does not. */
async function quiet(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering
  return answer.later === undefined || answer.isProblem === true ? answer : { ...answer, lines: [] }
}
