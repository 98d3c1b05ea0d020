/** What is asked before a change of one host: the plan that people approve, and who may. */
import type { ChangeRequest, WorkaroundPlan } from '../changes.ts'
import type { Freeze } from '../chat/card-context.ts'
import { canonicalText } from '../ledger.ts'
import type { ApprovalRules, PersonId } from '../team/team.ts'
import type { ChangePlan, Gate, GatePolicy, GateRequest } from './approval.ts'
import { RELEASE } from './release.ts'
import { type AskedFor, changeText } from './request-statement.ts'

/**
 * So many people as the estate file says. While changes are frozen an incident may pass, but by the emergency group alone, and
 * nobody approves alone.
 * @param asked what the change belongs to, for approving alone; null where nobody may.
 */
export function changePolicy(
  rules: ApprovalRules,
  frozen: Freeze | null,
  asked: Pick<ChangeRequest, 'alone' | 'incidentWorkflowId'> | null,
): GatePolicy {
  const { approvers, escalation, emergency, quorum, remindMinutes, escalateMinutes, expireMinutes } = rules
  const holder = asked === null || frozen !== null ? null : asked
  return {
    group: frozen === null ? approvers : emergency,
    escalation: frozen === null ? escalation : emergency,
    emergency,
    quorum: quorum ?? 1,
    remindMinutes,
    escalateMinutes,
    expireMinutes,
    alone: (holder?.alone ?? null) as PersonId | null,
    ...(holder === null ? {} : { holderOf: holder.incidentWorkflowId }),
  }
}

/** `before` is not part of it: it serves the undo, and may move without the change becoming another one. */
export function changePlan({ change }: ChangeRequest, plan: WorkaroundPlan, expiresAt: string): ChangePlan {
  return {
    procedure: `change ${change.name}`,
    version: RELEASE,
    targets: [change.host],
    parameters: plan.parameters,
    steps: plan.steps,
    undo: plan.undo,
    impact: plan.impact,
    expiresAt,
  }
}

/** As its request has to be signed. */
export function askedForChange({ change, incidentWorkflowId, requestedBy }: ChangeRequest): AskedFor {
  return { about: incidentWorkflowId, what: changeText({ ...change, kind: 'workaround' }), person: requestedBy }
}

/** Equal exactly when their digests are. */
export function isSamePlan(a: ChangePlan, b: ChangePlan): boolean {
  return canonicalText(a) === canonicalText(b)
}

export function changeGate(
  request: ChangeRequest,
  title: string,
  plan: ChangePlan,
  rules: ApprovalRules,
  frozen: Freeze | null,
): GateRequest {
  return {
    title,
    why: request.why,
    evidence: [...freezeLines(frozen), ...request.evidence],
    plan,
    requestedBy: request.requestedBy as PersonId,
    incident: request.incident,
    policy: changePolicy(rules, frozen, request),
  }
}

/** What comes before all other evidence. */
export function freezeLines(frozen: Freeze | null): readonly string[] {
  if (frozen === null) return []
  const { since, by, reason } = frozen
  return [`Changes are frozen since ${since} by ${by}: ${reason}. Only the emergency group may let this pass.`]
}

/** Whoever approved had the situation of that moment before their eyes, not one of hours later. */
const USED_WITHIN_MS = 10 * 60_000

/** Right before an approved change begins; null when nothing stands against it. */
export function reasonToStop({ request, decidedAt }: Gate, frozen: Freeze | null, now: string): string | null {
  const { group, emergency } = request.policy
  if (frozen !== null && group !== emergency) {
    return `Changes were frozen by ${frozen.by} (${frozen.reason}) after this was asked: ask again, and the group ${emergency} decides.`
  }
  if (decidedAt === null || Date.parse(now) - Date.parse(decidedAt) > USED_WITHIN_MS) {
    return 'The approval is more than ten minutes old and was not used: ask again.'
  }
  return null
}
