/** What the procedure `monitoring-update` is asked for, its plan, and what people are asked (S54). */
import type { ChangePlan, GateRequest } from '../approvals/approval.ts'
import { changePolicy, freezeLines } from '../approvals/change-gate.ts'
import { RELEASE } from '../approvals/release.ts'
import type { AskedFor, SignedRequest } from '../approvals/request-statement.ts'
import type { Freeze } from '../chat/card-context.ts'
import { monitoringWorkflowId } from '../ids.ts'
import { canonicalText } from '../ledger.ts'
import type { ApprovalRules, PersonId } from '../team/team.ts'
import { rulesName } from './rules.ts'

/** Arguments of the workflow `monitoringUpdate` (id `change:monitoring`). Digests are of artefacts. */
export interface MonitoringRequest {
  readonly rules: string
  readonly tests: readonly string[]
  readonly why: string
  readonly requestedBy: string
  /** INC-7 and the run to tell, or null when it belongs to none. */
  readonly incident: { readonly name: string; readonly workflowId: string } | null
  /** That the person really asks for this; without it the run ends refused. */
  readonly proof?: SignedRequest
}

/** As its request has to be signed. */
export function askedForRules({ rules, tests, why, incident, requestedBy }: MonitoringRequest): AskedFor {
  const what = canonicalText({ kind: 'monitoring', rules, tests, why, incident: incident?.workflowId ?? null })
  return { about: monitoringWorkflowId(), what, person: requestedBy }
}

/** What the dry run found; changes nothing. */
export interface MonitoringPlan {
  /** Path of the rules file, links followed. */
  readonly file: string
  /** Digests of what is in force and of what takes its place. */
  readonly from: string
  readonly to: string
  /** `1 added, 2 changed`. */
  readonly summary: string
  /** A line for each rule or setting that changes, bounded. */
  readonly changes: readonly string[]
  /** What promtool said. */
  readonly evidence: readonly string[]
}

export type Replacement = Pick<MonitoringPlan, 'file' | 'from' | 'to'>

/** Prometheus has this long to have exactly the new rules. */
export const SEEN_WITHIN_SECONDS = 60

export function updateTitle({ to, summary }: Pick<MonitoringPlan, 'to' | 'summary'>): string {
  return `new rules for Prometheus, ${rulesName(to)}: ${summary}`
}

export function monitoringPlan(
  { tests }: Pick<MonitoringRequest, 'tests'>,
  { file, from, to, changes }: MonitoringPlan,
  expiresAt: string,
): ChangePlan {
  const act = `replace ${file} in one step and reload; within ${SEEN_WITHIN_SECONDS} s exactly the new rules must be in force`
  return {
    procedure: 'monitoring-update',
    version: RELEASE,
    targets: ['monitoring'],
    parameters: { rules: to, replaces: from, tests: tests.join(' ') },
    steps: [act, ...changes],
    undo: `the former file (${rulesName(from)}) is put back from the artefact store, reloaded and seen in force`,
    impact:
      'Alerts of removed rules end; those of a rule with another name or other labels begin their waiting time anew.',
    expiresAt,
  }
}

export function monitoringGate(
  { why, requestedBy, incident }: MonitoringRequest,
  planned: MonitoringPlan,
  plan: ChangePlan,
  rules: ApprovalRules,
  frozen: Freeze | null,
): GateRequest {
  return {
    title: updateTitle(planned),
    why,
    evidence: [...freezeLines(frozen), ...planned.evidence],
    plan,
    requestedBy: requestedBy as PersonId,
    incident: incident?.name ?? null,
    policy: changePolicy(rules, frozen, null),
  }
}
