/** A gate and decisions on it; tests change one thing at a time. */
import type {
  ChangePlan,
  Gate,
  GatePolicy,
  GateRequest,
  Proof,
  SignedStatement,
  Statement,
  Verdict,
} from '../../../domain/approvals/approval.ts'
import { openGate } from '../../../domain/approvals/gate.ts'
import { type Judged, judge } from '../../../domain/approvals/judge.ts'
import type { PersonId } from '../../../domain/team/team.ts'

export const OPENED = '2026-11-23T03:00:00.000Z'
export const DIGEST = 'a'.repeat(64)
export const APPROVAL = 'APR-0123456789'

/** The sandbox's people. */
export const GROUPS: Readonly<Record<string, readonly PersonId[]>> = Object.fromEntries(
  Object.entries({
    responders: ['ana', 'ben', 'cy'],
    approvers: ['ana', 'ben', 'cy'],
    leads: ['dee'],
    emergency: ['ben', 'dee'],
  }).map(([group, people]) => [group, people as PersonId[]]),
)

export const plan: ChangePlan = {
  procedure: 'change restart',
  version: '0.1.0',
  targets: ['alpha'],
  parameters: {},
  steps: ['restart opencode-acp'],
  undo: null,
  impact: 'sessions end',
  expiresAt: '2026-11-23T04:00:00.000Z',
}

export const policy: GatePolicy = {
  group: 'approvers',
  escalation: 'leads',
  emergency: 'emergency',
  quorum: 1,
  remindMinutes: 10,
  escalateMinutes: 15,
  expireMinutes: 60,
  alone: null,
}

export function requestOf(changes: Partial<GateRequest> = {}, rules: Partial<GatePolicy> = {}): GateRequest {
  return {
    title: 'restart opencode-acp on alpha',
    why: 'it answers nobody',
    evidence: [],
    plan,
    requestedBy: 'ana' as PersonId,
    incident: 'INC-7',
    policy: { ...policy, ...rules },
    ...changes,
  }
}

export function gateOf(rules: Partial<GatePolicy> = {}, changes: Partial<Gate> = {}): Gate {
  const origin = { approvalId: APPROVAL, workflowId: 'change:alpha', digest: DIGEST, now: OPENED }
  return { ...openGate(requestOf({}, rules), origin), ...changes }
}

export function at(minutes: number, seconds = 0): string {
  return new Date(Date.parse(OPENED) + minutes * 60_000 + seconds * 1_000).toISOString()
}

export function said(person: string, verdict: Verdict, changes: Partial<Statement> = {}): SignedStatement {
  const statement: Statement = {
    v: 1,
    approvalId: APPROVAL,
    digest: DIGEST,
    person: person as PersonId,
    door: 'slack',
    verdict,
    reason: 'it is needed',
    at: at(1),
    ...changes,
  }
  return { statement, kid: 'door', signature: 'x' }
}

export function proofOf(person: string, groups: Readonly<Record<string, readonly string[]>> = GROUPS): Proof {
  const mine = Object.keys(groups).filter(group => groups[group]?.includes(person))
  return { kind: 'genuine', person: person as PersonId, groups: mine }
}

export interface Situation {
  readonly proof?: Proof
  readonly now?: string
  readonly openReviews?: readonly string[]
  readonly holder?: PersonId | null
  readonly arrivedAt?: string
}

/** The decision, one second after it was signed, by somebody whom the door knows. */
export function decide(gate: Gate, signed: SignedStatement, situation: Situation = {}): Judged {
  const { person, at: signedAt } = signed.statement
  const { proof = proofOf(person), ...found } = situation
  const now = found.now ?? new Date(Date.parse(signedAt) + 1_000).toISOString()
  return judge(gate, signed, proof, { openReviews: [], ...found, now })
}
