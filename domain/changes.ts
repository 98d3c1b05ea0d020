/** The closed catalogue of changes that an incident may ask for on one host (S47), and what a host says about them. */
import type { SignedRequest } from './approvals/request-statement.ts'
import type { Verdict } from './verdicts.ts'

export type WorkaroundName = 'restart' | 'free-disk' | 'raise-limit' | 'block-client' | 'rollback'

export interface WorkaroundRequest {
  readonly name: ChangeName
  readonly host: string
  readonly parameters: Readonly<Record<string, string>>
}

/** `deploy-fix` is no workaround: only the procedure `fix` asks for it, after its test on staging (S50). */
export type ChangeName = WorkaroundName | 'deploy-fix'

/** What the dry run on the host found: becomes the plan that people approve. Changes nothing. */
export interface WorkaroundPlan {
  readonly title: string
  readonly steps: readonly string[]
  readonly undo: string | null
  readonly impact: string
  /** Parameters, complete and normalised: exactly these are applied. */
  readonly parameters: Readonly<Record<string, string>>
  /** What was there before; needed to take it back, and to tell afterwards whether it was done. */
  readonly before: Readonly<Record<string, string>>
}

/** What a look at the host says about a change, after it or after a try whose end nobody saw. */
export interface WorkaroundCheck {
  /** `unknown` goes to a person, never to a second try. */
  readonly state: 'done' | 'not-done' | 'unknown'
  /** Whether the service answers a handshake now. */
  readonly healthy: boolean
  readonly summary: string
}

/** Arguments of the workflow `change` (id `change:<host>`): one approved change of one host for one incident. */
export interface ChangeRequest {
  readonly change: WorkaroundRequest
  /** INC-7, and the run to tell how it goes. */
  readonly incident: string
  readonly incidentWorkflowId: string
  /** Of the incident's list of changes. */
  readonly number: number
  readonly requestedBy: string
  readonly why: string
  readonly evidence: readonly string[]
  /** Holder of the acknowledgement of a Critical incident as it is asked, for people to read. Who may approve alone is found out at the decision. */
  readonly alone: string | null
  /** That the person really asks for this; without it the run ends refused. */
  readonly proof?: SignedRequest
}

export interface ChangeResult {
  readonly state: 'done' | 'refused' | 'failed' | 'reverted' | 'cancelled'
  /** One sentence for card and timeline. */
  readonly outcome: string
  /** Where the state does not say how well it went: `done`, and not confirmed. */
  readonly verdict?: Verdict
}

/** How far a change is, told to its incident while it runs: for card and timeline; nothing is decided upon it. */
export interface ChangeProgress {
  /** Of the incident's list of changes. */
  readonly number: number
  readonly state: 'planning' | 'awaiting-approval' | 'running'
  readonly outcome: string | null
}
