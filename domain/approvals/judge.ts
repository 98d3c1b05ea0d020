/**
 * Judges a decision on a gate (docs/decisions/0009): who may, once, on exactly this plan, in time. What the proof
 * says was found out at this very moment; nothing that the statement claims about itself is believed without it.
 */
import { redact } from '../redact.ts'
import type { Attempt, Gate, Proof, SignedStatement, Statement } from './approval.ts'
import { approvalsOf } from './gate.ts'
import { type Moment, refuse } from './refusals.ts'

/** Refused tries that a gate keeps to show; all of them are in the ledger. */
const KEPT_REFUSALS = 50
/** Kept of a reason, in characters. */
export const LONGEST_REASON = 500

export interface Judged {
  /** The same object when the statement was heard before. */
  readonly gate: Gate
  readonly attempt: Attempt
}

/** What the statement does to the gate. Never throws; a refusal is an attempt with a sentence for the person. */
export function judge(gate: Gate, signed: SignedStatement, proof: Proof, moment: Moment): Judged {
  const { statement } = signed
  const earlier = proof.kind === 'genuine' ? heardBefore(gate, statement) : undefined
  if (earlier !== undefined) return { gate, attempt: earlier }
  const refusal = refuse(gate, statement, proof, moment)
  const attempt: Attempt = {
    at: moment.now,
    person: statement.person,
    door: statement.door,
    verdict: statement.verdict,
    reason: redact(statement.reason.trim()).slice(0, LONGEST_REASON),
    counted: refusal === null,
    refusal: refusal ?? '',
    saidAt: statement.at,
    proven: proof.kind === 'genuine',
  }
  const heard = { ...gate, ...remember(gate, attempt) }
  return { gate: attempt.counted ? moved(heard, attempt, moment.now) : heard, attempt }
}

/**
 * Everybody who can read a run's history can send a signature in it once more. The same statement is the same decision: a
 * withdrawn approval does not come back, and a door that repeats itself changes nothing.
 */
function heardBefore({ approvalId, attempts }: Gate, statement: Statement): Attempt | undefined {
  if (statement.approvalId !== approvalId) return undefined
  return attempts.find(
    ({ proven, person, verdict, saidAt }) =>
      proven === true && person === statement.person && verdict === statement.verdict && saidAt === statement.at,
  )
}

function moved(gate: Gate, { verdict }: Attempt, now: string): Gate {
  switch (verdict) {
    case 'approve':
      return approvalsOf(gate).length >= gate.request.policy.quorum ? decided(gate, 'approved', now) : gate
    case 'withdraw':
      return gate
    case 'deny':
      return decided(gate, 'denied', now)
    case 'approve-alone':
    case 'breakglass':
      return { ...decided(gate, 'approved', now), special: verdict }
  }
}

function decided(gate: Gate, state: 'approved' | 'denied', now: string): Gate {
  return { ...gate, state, decidedAt: now }
}

function remember({ attempts, forgotten = 0 }: Gate, attempt: Attempt): Pick<Gate, 'attempts' | 'forgotten'> {
  const all = [...attempts, attempt]
  const refusals = all.filter(({ counted }) => !counted)
  if (refusals.length <= KEPT_REFUSALS) return { attempts: all }
  const oldest = refusals[0]
  return { attempts: all.filter(kept => kept !== oldest), forgotten: forgotten + 1 }
}
