/** Why a decision does not count, as a sentence for the person who tried: who may, why not they, what to do. */
import { clock } from '../clock.ts'
import type { PersonId } from '../team/team.ts'
import type { Gate, Proof, Statement } from './approval.ts'
import { approvalsOf, decidingGroups, decisiveAttempt } from './gate.ts'
import { UNHEARD } from './unheard.ts'

/** A door whose clock is further off cannot say when somebody decided. */
const CLOCK_TOLERANCE_MS = 5 * 60_000

export interface Moment {
  /** ISO time of the workflow. */
  readonly now: string
  /** When the decision came in, ISO: verifying it may take longer than there is time left. `now` when absent. */
  readonly arrivedAt?: string
  /** Who holds the acknowledgement of the gate's Critical incident at this moment; null or absent for nobody. */
  readonly holder?: PersonId | null
  /** Approvals by break-glass or alone of this person that nobody has reviewed yet. */
  readonly openReviews: readonly string[]
}

/** Null when the decision counts. */
export function refuse(gate: Gate, statement: Statement, proof: Proof, moment: Moment): string | null {
  if (proof.kind === 'refused') return `${sentence(proof.why)} ${proof.hint}`
  if (statement.unheard !== undefined) {
    const { why, hint } = UNHEARD[statement.unheard]
    return `${sentence(why)} ${hint}`
  }
  if (proof.person !== statement.person) {
    return `The proof is ${proof.person}'s and the decision ${statement.person}'s. Decide under your own name.`
  }
  const arrivedAt = moment.arrivedAt ?? moment.now
  return (
    wrongGate(gate, statement) ??
    tooLate(gate, statement, arrivedAt) ??
    wrongPlan(gate, statement) ??
    wrongClock(statement, arrivedAt) ??
    notTheirs(gate, statement, proof.groups, moment)
  )
}

function wrongGate({ approvalId }: Gate, statement: Statement): string | null {
  if (statement.approvalId === approvalId) return null
  return `This decision is about ${statement.approvalId}; what is asked here is ${approvalId}. Use the current card, or ops approvals.`
}

function tooLate(gate: Gate, { verdict, person }: Statement, now: string): string | null {
  const when = clock(gate.decidedAt ?? now)
  switch (gate.state) {
    case 'open':
      return Date.parse(now) < Date.parse(gate.expiresAt)
        ? null
        : `Too late: this ran out at ${clock(gate.expiresAt)} without a decision, and nothing is changed. Ask for it again.`
    case 'approved': {
      const approvers = approvalsOf(gate)
      if (verdict === 'approve' && approvers.includes(person)) {
        return `You have approved this already; it was decided at ${when}. Nothing more is needed.`
      }
      const cancel = `To stop what is under way: ops cancel ${gate.workflowId} --reason R.`
      return `Too late: ${approvers.join(' and ')} approved this, decided at ${when}. ${verdict === 'approve' ? 'Nothing more is needed.' : cancel}`
    }
    case 'denied': {
      const denial = decisiveAttempt(gate)
      return `Too late: ${denial?.person ?? 'somebody'} denied this at ${when}, and that is final. Whoever still wants it asks again.`
    }
    case 'expired':
      return `Too late: this ran out at ${when} without a decision, and nothing was changed. Ask for it again.`
    case 'void':
      return `This question is void since ${when}: what would be done is no longer what was asked. Look for the new card, or ops approvals.`
    case 'cancelled':
      return `This was taken back at ${when}, and nothing was changed. There is nothing left to decide.`
  }
}

function wrongPlan({ digest }: Gate, statement: Statement): string | null {
  if (statement.digest === digest) return null
  return 'You decided on another plan than the one that waits here. Read the current card, or ops approvals, and decide again.'
}

function wrongClock({ at }: Statement, now: string): string | null {
  // Written so that a time that is none is refused, too.
  if (Math.abs(Date.parse(at) - Date.parse(now)) <= CLOCK_TOLERANCE_MS) return null
  return `This was signed at ${clock(at)} and came at ${clock(now)}: the clock of the door is wrong, or it waited too long. Check that clock, look at what is asked, and decide again.`
}

function notTheirs(gate: Gate, statement: Statement, groups: readonly string[], moment: Moment): string | null {
  switch (statement.verdict) {
    case 'approve':
      return ownRequest(gate, statement) ?? notInGroup(gate, groups) ?? countsAlready(gate, statement)
    case 'deny':
      // Whoever asked may always take it back; that is on the safe side.
      return (ownRequest(gate, statement) === null ? notInGroup(gate, groups) : null) ?? withoutReason(statement)
    case 'withdraw':
      if (approvalsOf(gate).includes(statement.person)) return null
      return 'There is no approval of yours to withdraw. To stop this, deny it with a reason.'
    case 'approve-alone':
      return notAlone(gate, statement, moment) ?? withoutReason(statement)
    case 'breakglass':
      return notEmergency(gate, statement, groups, moment.openReviews) ?? withoutReason(statement)
  }
}

function ownRequest({ request }: Gate, { person }: Pick<Statement, 'person'>): string | null {
  if (request.requestedBy !== person) return null
  return `You asked for this yourself, through whichever account: another person of the group ${request.policy.group} has to approve it.`
}

function notInGroup(gate: Gate, groups: readonly string[]): string | null {
  const deciding = decidingGroups(gate)
  if (deciding.some(group => groups.includes(group))) return null
  return `This is decided by the group ${deciding.join(' or ')}, and you are not in it at this moment. Ask somebody who is: ops whoami shows your groups.`
}

function countsAlready(gate: Gate, { person }: Statement): string | null {
  const approvals = approvalsOf(gate)
  if (!approvals.includes(person)) return null
  return `Your approval counts already (${approvals.length} of ${gate.request.policy.quorum}); the next one has to come from another person.`
}

/** As of the decision: an acknowledgement is handed over, goes stale, and an incident becomes less than Critical. */
function mayDecideAlone({ request: { policy } }: Gate, { holder }: Moment): PersonId | null {
  return policy.holderOf === undefined ? policy.alone : (holder ?? null)
}

function notAlone(gate: Gate, { person }: Statement, moment: Moment): string | null {
  const { group } = gate.request.policy
  const alone = mayDecideAlone(gate, moment)
  if (alone === person) return null
  const rule = 'Alone is only for a Critical incident, and only for whoever holds its acknowledgement'
  return alone === null
    ? `${rule}; here nobody may. Ask the group ${group} to approve.`
    : `${rule}: that is ${alone}. Ask ${alone}, or the group ${group}.`
}

function notEmergency(
  gate: Gate,
  { person }: Statement,
  groups: readonly string[],
  openReviews: readonly string[],
): string | null {
  const { emergency, alone } = gate.request.policy
  if (!groups.includes(emergency)) {
    return `Break-glass is for the group ${emergency}, and you are not in it at this moment. Ask somebody who is.`
  }
  if (ownRequest(gate, { person }) !== null) {
    const alternative = alone === person ? ' While you hold the acknowledgement, approve-alone is open to you.' : ''
    return `You asked for this yourself, and break-glass replaces the approvers, not the second person: another one of the group ${emergency} has to do it.${alternative}`
  }
  if (openReviews.length > 0) {
    return `Your earlier emergency decision ${openReviews.join(', ')} waits for its review. Have it reviewed first (ops review), or ask another one of the group ${emergency}.`
  }
  return null
}

function withoutReason({ verdict, reason }: Statement): string | null {
  if (reason.trim() !== '') return null
  return `${verdict} needs a reason, for those who read it tomorrow. Decide again and give one.`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
