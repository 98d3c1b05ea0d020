/**
 * The review of what somebody decided alone in an emergency. Its row carries a signed statement, and counts as long as that can be
 * verified: whoever may write into the ledger can write a row, but not sign as somebody else.
 */
import type { DecisionRow, LedgerRow } from '../ledger.ts'
import type { Team } from '../team/team.ts'
import type { Statement } from './approval.ts'
import { incidentOf } from './rows.ts'

/** A decision by break-glass or alone that is in force, and what the ledger knows around it. */
export interface EmergencyUse {
  readonly used: DecisionRow
  /** Who asked; null when that row is not there. */
  readonly opened: DecisionRow | null
  readonly reviews: readonly DecisionRow[]
}

/** What a reviewer says, as it is signed: about which approval and plan, why, when. */
export type ReviewStatement = Omit<Statement, 'verdict' | 'unheard'> & { readonly verdict: 'review' }

export interface SignedReview {
  readonly statement: ReviewStatement
  readonly kid: string
  readonly signature: string
}

export interface Refusal {
  /** Lower case, without a full stop. */
  readonly why: string
  readonly hint: string
}

const ELSE = 'Ask somebody else of the team to review it.'

/** Why a review does not count; null when it does. Whether its signature holds is another question. */
export function refuseReview({ used, opened }: EmergencyUse, statement: ReviewStatement, team: Team): Refusal | null {
  const { approvalId, digest, person, reason, at } = statement
  if (approvalId !== used.approvalId || digest !== used.digest) {
    return { why: 'this review is about another decision', hint: 'Review it by its own id: ops review.' }
  }
  if (person === used.person) return { why: 'nobody reviews their own decision', hint: ELSE }
  if (opened === null) return { why: 'who asked for it is not in the ledger', hint: 'Look at it: ops ledger verify.' }
  if (person === opened.person) return { why: 'nobody reviews what they asked for themselves', hint: ELSE }
  const groups = reviewers(team)
  if (!groups.some(group => team.groups[group]?.some(member => member === person) === true)) {
    return { why: `only members of ${groups.join(', ')} review, as of this moment`, hint: 'Ask somebody who is one.' }
  }
  // Written so that a time that is none is refused, too.
  if (!(Date.parse(at) >= Date.parse(used.at))) {
    return { why: 'it was signed before the decision', hint: 'Set your clock, and review it again.' }
  }
  return reason.trim() === ''
    ? { why: 'a review needs a reason', hint: 'Give one, for those who read it tomorrow.' }
    : null
}

/** The groups that decide about changes, each once. */
function reviewers({ approvals: { approvers, escalation, emergency } }: Team): readonly string[] {
  return [...new Set([approvers, escalation, emergency])]
}

/** Each has a key of its own: one that does not count keeps no other one out. */
export function reviewRow({ used, opened }: EmergencyUse, signed: SignedReview): LedgerRow {
  const { person, door, verdict, reason, at, digest, approvalId } = signed.statement
  const incident = opened === null ? null : incidentOf([opened])
  const row: DecisionRow = {
    approvalId,
    entry: `review-${person}-${at}`,
    kind: 'review',
    workflowId: used.workflowId,
    at,
    person,
    door,
    verdict,
    digest,
    counted: true,
    text: reason,
    ...(incident === null ? {} : { incident }),
    proof: signed,
  }
  return { table: 'decisions', row }
}
