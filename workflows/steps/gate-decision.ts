/** One decision on a gate: verified now, judged by the rules, written down, and only then in force. */
import { ActivityFailure } from '@temporalio/workflow'
import type { Gate, Proof, SignedStatement } from '../../domain/approvals/approval.ts'
import { type Judged, judge } from '../../domain/approvals/judge.ts'
import { attemptRow, closedRow } from '../../domain/approvals/rows.ts'
import { onControlPlane } from '../proxies.ts'
import type { GateRecord } from './gate-record.ts'

/** The gate afterwards; the same object when this was heard before. What cannot be written down does not count. */
export async function hear(gate: Gate, signed: SignedStatement, number: number, record: GateRecord): Promise<Gate> {
  const proof = await prove(signed)
  const openReviews =
    proof.kind === 'genuine' && signed.statement.verdict === 'breakglass' ? await reviewsOf(proof) : []
  const judged =
    openReviews === null ? judgeNow(gate, signed, UNKNOWN_REVIEWS, []) : judgeNow(gate, signed, proof, openReviews)
  if (judged.gate === gate) return gate
  if (judged.attempt.counted) {
    if (await record.tryWrite(rowsOf(gate, signed, judged, `attempt-${number}`))) return judged.gate
    // An answer may have been lost and the row be there all the same: what is true now stands under a name of its own.
    const refused = judgeNow(gate, signed, UNWRITTEN, [])
    await record.write(rowsOf(gate, signed, refused, `attempt-${number}-unwritten`))
    return refused.gate
  }
  await record.write(rowsOf(gate, signed, judged, `attempt-${number}`))
  return judged.gate
}

const UNWRITTEN: Proof = {
  kind: 'refused',
  why: 'the ledger did not answer, and what is not written down does not count',
  hint: 'Decide again in a minute; ops doctor shows how the ledger is.',
}

const UNKNOWN_REVIEWS: Proof = {
  kind: 'refused',
  why: 'whether earlier emergency decisions of yours wait for a review cannot be read now',
  hint: 'Try again, or let the approvers decide.',
}

const UNVERIFIED: Proof = {
  kind: 'refused',
  why: 'the signature could not be verified in time',
  hint: 'Decide again in a minute; ops doctor shows what is wrong.',
}

async function prove(signed: SignedStatement): Promise<Proof> {
  try {
    return await onControlPlane('briefly', `Verify: ${signed.statement.verdict}`).verifyStatement(signed)
  } catch (error) {
    if (error instanceof ActivityFailure) return UNVERIFIED
    throw error
  }
}

/** Null when nobody can say. */
async function reviewsOf({ person }: Extract<Proof, { kind: 'genuine' }>): Promise<readonly string[] | null> {
  try {
    return await onControlPlane('briefly', 'Look for reviews that are still open').openReviews(person)
  } catch (error) {
    if (error instanceof ActivityFailure) return null
    throw error
  }
}

function judgeNow(gate: Gate, signed: SignedStatement, proof: Proof, openReviews: readonly string[]): Judged {
  return judge(gate, signed, proof, { now: new Date().toISOString(), openReviews })
}

function rowsOf(before: Gate, { statement }: SignedStatement, { gate, attempt }: Judged, entry: string) {
  const tried = attemptRow(gate, statement.digest, attempt, entry)
  const isDecided = before.state === 'open' && gate.state !== 'open'
  return isDecided ? [tried, closedRow(gate, attempt.at, null)] : [tried]
}
