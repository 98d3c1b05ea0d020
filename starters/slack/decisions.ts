/** Passes decisions on. The door vouches for the person with its key; whether it counts is decided by the run that asks. */
import { setTimeout as sleep } from 'node:timers/promises'
import { signStatement } from '../../activities/adapters/signing.ts'
import type { Attempt, Gate, SignedStatement, Statement, Verdict } from '../../domain/approvals/approval.ts'
import { votesOf } from '../../domain/chat/approval-verdict.ts'
import type { ButtonValue } from '../../domain/chat/chat.ts'
import { code, markup } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { findGate, gatesOf, passDecision } from '../incident-door.ts'
import { type Answer, NotRecorded, problem, said } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { durably, isPassing } from './durable.ts'
import { decisionLine } from './instead.ts'

const LOOK_MS = 80
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
    const statement = await durably(door, async () => {
      const gate = await gateOf(door, choice)
      const stated = stateOf(gate, choice, by.id, at)
      await passDecision(door.client, gate.workflowId, signStatement(stated.statement, door.signer))
      return stated
    })
    const outcome = withinMs === 0 ? null : await outcomeOf(door, statement, withinMs)
    if (outcome !== null) return outcome
    return {
      ...said(markup`✔ Recorded: ${choice.verdict} for ${code(choice.approvalId)}; nobody has looked at it yet.`),
      later: () => outcomeOf(door, statement, OUTCOME_MS),
    }
  } catch (error) {
    throw isPassing(error) ? new NotRecorded(decisionLine(choice), error) : error
  }
}

/** Somebody pressed whom the door does not vouch for: without a signature it decides nothing, and is on record. */
export async function passRefused(door: Door, choice: Choice, user: string, reason: string, at: string): Promise<void> {
  if (choice.shown === null) return
  const statement: Statement = {
    v: 1,
    approvalId: choice.approvalId,
    digest: choice.shown.digest,
    person: `slack:${user}` as PersonId,
    door: 'slack',
    verdict: choice.verdict,
    reason: `not heard by the door: ${reason}`,
    at,
  }
  const unsigned: SignedStatement = { statement, kid: 'none', signature: 'none' }
  await passDecision(door.client, choice.shown.workflowId, unsigned)
}

interface Stated {
  readonly gate: Gate
  readonly statement: Statement
}

function stateOf(gate: Gate, { approvalId, verdict, reason, shown }: Choice, person: PersonId, at: string): Stated {
  // A plan that has changed since is not the one that was decided on: passed on as it was seen, it is refused and on record.
  const digest = shown === null || gate.digest.startsWith(shown.digest) ? gate.digest : shown.digest
  return { gate, statement: { v: 1, approvalId, digest, person, door: 'slack', verdict, reason: redact(reason), at } }
}

/** @param choice with the card's place, or found by its id. Throws OpsError when nothing waits under it. */
export async function gateOf({ client }: Pick<Door, 'client'>, { approvalId, shown }: Choice): Promise<Gate> {
  const gate =
    shown === null
      ? await findGate(client, approvalId)
      : ((await gatesOf(client, shown.workflowId)).find(one => one.approvalId === approvalId) ?? null)
  if (gate !== null) return gate
  const hint = 'It may be of an earlier run; `approvals` lists what waits.'
  throw new OpsError({ owner: 'operator', message: `nothing waits under ${approvalId}`, hint })
}

/** What the run made of the statement; null when it has not looked at it in time. */
async function outcomeOf({ client }: Door, { gate, statement }: Stated, withinMs: number): Promise<Answer | null> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const now = await gatesOf(client, gate.workflowId).catch((error: unknown) => {
      if (isPassing(error)) return []
      throw error
    })
    const current = now.find(({ approvalId }) => approvalId === statement.approvalId)
    const attempt = current?.attempts.findLast(
      ({ person, verdict, saidAt }) =>
        person === statement.person && verdict === statement.verdict && saidAt === statement.at,
    )
    if (current !== undefined && attempt !== undefined) return answerTo(current, attempt)
    if (performance.now() > deadline) return null
    await sleep(LOOK_MS)
  }
}

function answerTo(gate: Gate, attempt: Attempt): Answer {
  const { approvalId, request, state } = gate
  if (!attempt.counted) return problem(markup`🚫 Not counted: ${attempt.refusal}`)
  const votes = `${votesOf(gate).length} of ${request.policy.quorum}`
  switch (state) {
    case 'open':
      return said(markup`✔ Counted: ${attempt.verdict}; ${votes} for ${code(approvalId)} ${request.title}.`)
    default:
      return said(markup`✔ Counted: ${code(approvalId)} ${request.title} is *${state}* now.`)
  }
}
