/** One decision on a gate: verified now, judged by the rules, written down, and only then in force. */
import { ActivityFailure, patched } from '@temporalio/workflow'
import type { Gate, Proof, SignedStatement } from '../../domain/approvals/approval.ts'
import { type Judged, judge } from '../../domain/approvals/judge.ts'
import type { Moment } from '../../domain/approvals/refusals.ts'
import { attemptRow, closedRow, UNWRITTEN } from '../../domain/approvals/rows.ts'
import type { LedgerRow } from '../../domain/ledger.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { onControlPlane } from '../proxies.ts'
import type { GateRecord } from './gate-record.ts'
import { recounted, type Voices } from './gate-voices.ts'

/** What came in, and when (ISO). */
export interface Heard {
  readonly signed: SignedStatement
  readonly arrivedAt: string
}

/** The gate afterwards; the same object when this was heard before. What cannot be written down does not count. */
export async function hear(
  gate: Gate,
  { signed, arrivedAt }: Heard,
  number: number,
  record: GateRecord,
  voices: Voices,
): Promise<Gate> {
  const { proof, ...known } = await findOut(gate, signed)
  const judgeOn = (on: Gate, by: Proof): Judged =>
    judge(on, signed, by, { now: new Date().toISOString(), arrivedAt, ...known })
  const first = judgeOn(gate, proof)
  if (first.gate === gate) return gate
  const earlier = isByQuorum(gate, first) ? voices.of(gate) : []
  // Who approved half an hour ago may have left the group since: all of them have to count as of this moment.
  const looksAgain = earlier.length > 0 && patched('all-approvals-count-as-of-one-moment')
  const left = looksAgain ? await recounted(gate, earlier, number, record) : gate
  const judgeAs = (by: Proof): Judged => judgeOn(left ?? gate, by)
  const judged = left === gate ? first : judgeAs(left === null ? UNKNOWN_APPROVERS : proof)
  if (!judged.attempt.counted) {
    await record.write([rowOf(signed, judged, `attempt-${number}`)])
    return judged.gate
  }
  const tried = rowOf(signed, judged, `attempt-${number}`)
  const end =
    gate.state === 'open' && judged.gate.state !== 'open' ? [closedRow(judged.gate, judged.attempt.at, null)] : []
  // An end that is written beside the try which brings it about would stand there, too, when only the answer is lost.
  const endsLater = end.length > 0 && patched('an-end-is-written-when-it-is-one')
  const isWritten = await record.tryWrite(endsLater ? [tried] : [tried, ...end])
  const against = isWritten ? await firstOfTwo(gate, signed) : NOT_WRITTEN
  if (against === null) {
    if (endsLater) await record.write(end)
    if (signed.statement.verdict === 'approve') voices.keep(signed)
    return judged.gate
  }
  // The row is there, or may be: what is true now stands under a name of its own.
  const refused = judgeAs(against)
  await record.write([rowOf(signed, refused, `attempt-${number}${UNWRITTEN}`)])
  return refused.gate
}

const NOT_WRITTEN: Proof = {
  kind: 'refused',
  why: 'the ledger did not answer, and what is not written down does not count',
  hint: 'Decide again in a minute; ops doctor shows how the ledger is.',
}

/** Open before, and approved by this approval as the last one that was missing. */
function isByQuorum(before: Gate, { gate, attempt }: Judged): boolean {
  return before.state === 'open' && gate.state === 'approved' && attempt.verdict === 'approve'
}

const UNKNOWN_APPROVERS: Proof = {
  kind: 'refused',
  why: 'whether the earlier approvals still count cannot be read now',
  hint: 'Decide again in a minute; ops doctor shows what is wrong.',
}

const UNKNOWN_REVIEWS: Proof = {
  kind: 'refused',
  why: 'whether earlier emergency decisions of yours wait for a review cannot be read now',
  hint: 'Try again, or let the approvers decide.',
}

/** Somebody may break glass on two hosts in one moment, and neither run has seen the other: the ledger knows which was first. */
async function firstOfTwo({ approvalId }: Gate, { statement }: SignedStatement): Promise<Proof | null> {
  if (statement.verdict !== 'breakglass' || !patched('broken-glass-is-looked-for-again')) return null
  const { person } = statement
  try {
    const look = onControlPlane('briefly', 'Look whether another emergency decision came first')
    const names = await look.openReviewsBefore({ person, approvalId })
    if (names.length === 0) return null
    const why = `your emergency decision ${names.join(', ')} came first and waits for its review`
    return { kind: 'refused', why, hint: 'Have it reviewed (ops review), or ask another one of the emergency group.' }
  } catch (error) {
    if (error instanceof ActivityFailure) return UNKNOWN_REVIEWS
    throw error
  }
}

const UNVERIFIED: Proof = {
  kind: 'refused',
  why: 'the signature could not be verified in time',
  hint: 'Decide again in a minute; ops doctor shows what is wrong.',
}

const UNKNOWN_HOLDER: Proof = {
  kind: 'refused',
  why: 'who holds the acknowledgement of the incident cannot be read now',
  hint: 'Try again in a minute, or let the approvers decide.',
}

/** The proof and, for the two rare verbs, what their rules ask for: all of it as of now. What cannot be known refuses. */
async function findOut(
  { request: { policy } }: Gate,
  signed: SignedStatement,
): Promise<{ readonly proof: Proof } & Pick<Moment, 'openReviews' | 'holder'>> {
  const proof = await prove(signed)
  const nothing = { openReviews: [], holder: null }
  if (proof.kind === 'refused') return { proof, ...nothing }
  switch (signed.statement.verdict) {
    case 'breakglass': {
      const openReviews = await reviewsOf(proof)
      return openReviews === null ? { proof: UNKNOWN_REVIEWS, ...nothing } : { proof, openReviews, holder: null }
    }
    case 'approve-alone': {
      if (policy.holderOf === undefined) return { proof, ...nothing }
      const holder = await holderOf(policy.holderOf)
      return holder === undefined ? { proof: UNKNOWN_HOLDER, ...nothing } : { proof, openReviews: [], holder }
    }
    default:
      return { proof, ...nothing }
  }
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

/** Undefined when nobody can say. */
async function holderOf(workflowId: string): Promise<PersonId | null | undefined> {
  try {
    return await onControlPlane('briefly', 'Who holds the incident now').readHolder({ workflowId })
  } catch (error) {
    if (error instanceof ActivityFailure) return undefined
    throw error
  }
}

function rowOf({ statement }: SignedStatement, { gate, attempt }: Judged, entry: string): LedgerRow {
  return attemptRow(gate, statement.digest, attempt, entry)
}
