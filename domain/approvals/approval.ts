/** A decision that people take: what is asked, what was signed, what became of it. The rules are in judge.ts beside it. */
import type { PersonId } from '../team/team.ts'
import type { Unheard } from './unheard.ts'

/** What a procedure is about to change. Its digest is what people approve. */
export interface ChangePlan {
  readonly procedure: string
  /** Of the package: another release may do something else. */
  readonly version: string
  readonly targets: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  /** What will be done, step by step, as the dry run found it. */
  readonly steps: readonly string[]
  /** How it is taken back, or null when it cannot be. */
  readonly undo: string | null
  readonly impact: string
  /** ISO. */
  readonly expiresAt: string
}

export type Verdict = 'approve' | 'deny' | 'withdraw' | 'approve-alone' | 'breakglass'

/** What a person says, as it is signed. */
export interface Statement {
  readonly v: 1
  readonly approvalId: string
  /** Of the plan that the person saw, lower-case hex sha256. */
  readonly digest: string
  readonly person: PersonId
  readonly door: 'slack' | 'cli'
  readonly verdict: Verdict
  readonly reason: string
  /** ISO. */
  readonly at: string
  /** Of a door that does not vouch for who pressed: why not. Such a statement decides nothing, and is on record with that reason. */
  readonly unheard?: Unheard
}

/** A statement with the proof that a door, or a person's own key, made it. */
export interface SignedStatement {
  readonly statement: Statement
  readonly kid: string
  /** Ed25519 over `statementText`, base64url. */
  readonly signature: string
}

/** A decision, or another word about one. */
type Spoken = Omit<Statement, 'verdict'> & { readonly verdict: string }

/** The exact text that is signed. */
export function statementText(statement: Spoken): string {
  const { v, approvalId, digest, person, door, verdict, reason, at, unheard } = statement
  // Part of the text, so that nobody can take it away from what a door has signed.
  const mark = unheard === undefined ? [] : [unheard]
  return JSON.stringify(['ops-approval', v, approvalId, digest, person, door, verdict, reason, at, ...mark])
}

/** What the verifying activity found out about a signed statement, at the moment of the decision. */
export type Proof =
  | { readonly kind: 'genuine'; readonly person: PersonId; readonly groups: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string; readonly hint: string }

export interface GatePolicy {
  /** Group whose members decide. */
  readonly group: string
  /** Asked as well after `escalateMinutes`; its members may then decide, too. */
  readonly escalation: string
  readonly emergency: string
  readonly quorum: number
  readonly remindMinutes: number
  readonly escalateMinutes: number
  readonly expireMinutes: number
  /** Who held the acknowledgement of the Critical incident when this was asked, for people to read; null for nobody. */
  readonly alone: PersonId | null
  /** Run of the incident whose holder may approve alone, as of the decision; without it `alone` counts as it stands. */
  readonly holderOf?: string
}

export interface GateRequest {
  readonly title: string
  readonly why: string
  readonly evidence: readonly string[]
  readonly plan: ChangePlan
  /** Null for a machine. May not approve. */
  readonly requestedBy: PersonId | null
  /** The incident that it belongs to, INC-7, or null. */
  readonly incident: string | null
  readonly policy: GatePolicy
}

/** Every try to decide, the refused ones as well. */
export interface Attempt {
  readonly at: string
  /** As claimed; proven only when `counted`. */
  readonly person: string
  readonly door: string
  readonly verdict: Verdict
  readonly reason: string
  readonly counted: boolean
  /** Why it does not count, for the person who tried; empty when it does. */
  readonly refusal: string
  /** The statement's own time, as claimed: with person and verdict a door finds by it what became of what it sent. */
  readonly saidAt?: string
  /** The signature was verified: the same statement again is the same decision, never a second one. */
  readonly proven?: boolean
}

export type GateState = 'open' | 'approved' | 'denied' | 'expired' | 'void' | 'cancelled'

export interface Gate {
  readonly approvalId: string
  readonly workflowId: string
  readonly digest: string
  readonly request: GateRequest
  readonly openedAt: string
  readonly expiresAt: string
  readonly escalatedAt: string | null
  readonly remindedAt: string | null
  readonly state: GateState
  readonly decidedAt: string | null
  /** How it was approved when not by quorum. */
  readonly special: 'approve-alone' | 'breakglass' | null
  readonly attempts: readonly Attempt[]
  /** Refused tries that are no more among them; they are in the ledger. Absent for none. */
  readonly forgotten?: number
  readonly card: { readonly channel: string; readonly ts: string } | null
}
