/** Passes decisions on. The door vouches for the person with its key; whether it counts is decided by the run that asks. */
import { signStatement } from '../../activities/adapters/signing.ts'
import type { Gate, Statement, Verdict } from '../../domain/approvals/approval.ts'
import { approvalsOf } from '../../domain/approvals/gate.ts'
import { MOST_ROWS } from '../../domain/approvals/past.ts'
import type { Unheard } from '../../domain/approvals/unheard.ts'
import type { ButtonValue } from '../../domain/chat/chat.ts'
import { code, markup } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import type { DecisionRow } from '../../domain/ledger.ts'
import { redact } from '../../domain/redact.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { isPassing } from '../client.ts'
import { type Found, type Judgement, judgementOf, passDecision, seekGate, signalDecision } from '../gate-door.ts'
import { type Answer, NotRecorded, problem, recorded } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { durably } from './durable.ts'
import { decisionLine } from './instead.ts'

const OUTCOME_MS = 10_000

/** A decision as it was asked for: by the button of a card, or by its id. */
export interface Choice {
  readonly approvalId: string
  readonly verdict: Verdict
  readonly reason: string
  /** Of the card: where the question is, and the beginning of the digest that was shown. */
  readonly shown: { readonly workflowId: string; readonly digest: string } | null
}

export function choiceOf(value: ButtonValue, verdict: Verdict, reason: string): Choice {
  const { w, a, d } = value
  if (a !== undefined && d !== undefined && /^[0-9a-f]{12}$/.test(d)) {
    return { approvalId: a, verdict, reason, shown: { workflowId: w, digest: d } }
  }
  const hint = 'Use the buttons of the newest card; `approvals` lists what waits.'
  throw new OpsError({ owner: 'operator', message: 'this button is not one of a question', hint })
}

/** Throws NotRecorded when nobody confirmed it. `withinMs`: how long the outcome is waited for before the answer. */
export async function decide(door: Door, { by, at }: Asked, choice: Choice, withinMs: number): Promise<Answer> {
  try {
    const stated = await durably(door, () => state(door, choice, by.id, at))
    if (stated.kind === 'past') return { ...notCounted(stated.past.words), recorded: true }
    const outcome = withinMs === 0 ? null : await outcomeOf(door, stated, withinMs)
    if (outcome !== null) return outcome
    return {
      ...recorded(markup`✔ Recorded: ${choice.verdict} for ${code(choice.approvalId)}; nobody has looked at it yet.`),
      later: () => outcomeOf(door, stated, OUTCOME_MS),
    }
  } catch (error) {
    throw isPassing(error) ? new NotRecorded(decisionLine(choice), error) : error
  }
}

/** Somebody decided whom the door does not vouch for. It decides nothing; the door signs that, and why, for the record. */
export async function passRefused(door: Door, choice: Choice, user: string, why: Unheard, at: string): Promise<void> {
  const { workflowId, digest } = choice.shown ?? (await gateOf(door, choice))
  const statement: Statement = {
    v: 1,
    approvalId: choice.approvalId,
    digest,
    person: `slack:${user}` as PersonId,
    door: 'slack',
    verdict: choice.verdict,
    reason: '',
    at,
    unheard: why,
  }
  await signalDecision(door.client, workflowId, signStatement(statement, door.signer))
}

type Stated = Found & { readonly statement: Statement }

async function state(door: Door, choice: Choice, person: PersonId, at: string): Promise<Stated> {
  const sought = await seek(door, choice)
  const asked = sought.kind === 'gate' ? sought.gate : sought.past
  const { approvalId, verdict, reason, shown } = choice
  // A plan that has changed since is not the one that was decided on: passed on as it was seen, it is refused and on record.
  const digest = shown === null || asked.digest.startsWith(shown.digest) ? asked.digest : shown.digest
  const statement: Statement = {
    v: 1,
    approvalId,
    digest,
    person,
    door: 'slack',
    verdict,
    reason: redact(reason),
    at,
  }
  return { ...(await passDecision(door.client, sought, signStatement(statement, door.signer))), statement }
}

/** @param choice with the card's place, or found by its id. Throws OpsError when nothing waits under it. */
export async function gateOf(door: Pick<Door, 'client' | 'ledger' | 'log'>, choice: Choice): Promise<Gate> {
  const sought = await seek(door, choice)
  if (sought.kind === 'gate') return sought.gate
  throw new OpsError({ owner: 'operator', message: sought.past.words, hint: LIST_HINT })
}

const LIST_HINT = '`approvals` lists what waits.'

async function seek(
  { client, ledger, log }: Pick<Door, 'client' | 'ledger' | 'log'>,
  { approvalId, shown }: Choice,
): Promise<Found> {
  const decisions = async (id: string): Promise<readonly DecisionRow[]> => {
    const rows = await ledger?.listDecisions({ limit: MOST_ROWS, approvalId: id }).catch((error: unknown) => {
      log.warn({ err: error, approvalId: id }, 'what became of a question could not be read')
      return []
    })
    return rows ?? []
  }
  const sought = await seekGate(client, { approvalId, workflowId: shown?.workflowId ?? null }, decisions)
  if (sought.kind !== 'unknown') return sought
  const hint = `It may be of an earlier run; ${LIST_HINT}`
  throw new OpsError({ owner: 'operator', message: `nothing waits under ${approvalId}`, hint })
}

/** What the run made of the statement; null when it has not looked at it in time. */
async function outcomeOf(
  { client }: Door,
  { gate, statement }: Extract<Stated, { kind: 'gate' }>,
  withinMs: number,
): Promise<Answer | null> {
  const judgement = await judgementOf(client, gate, statement, withinMs)
  return judgement === null ? null : answerTo(judgement)
}

function answerTo({ gate, attempt }: Judgement): Answer {
  const { approvalId, request } = gate
  if (!attempt.counted) return { ...notCounted(attempt.refusal), recorded: true }
  if (gate.state !== 'open') {
    return recorded(markup`✔ Counted: ${code(approvalId)} ${request.title} is *${gate.state}* now.`)
  }
  const votes = `${approvalsOf(gate).length} of ${request.policy.quorum}`
  return recorded(markup`✔ Counted: ${attempt.verdict}; ${votes} for ${code(approvalId)} ${request.title}.`)
}

function notCounted(why: string): Answer {
  return problem(markup`🚫 Not counted: ${why}`)
}
