/**
 * Who asks for a change, as it is signed: nobody approves what they asked for themselves, so the name must not be one that
 * anybody can write. Verified before anything is planned; used once.
 */
import { canonicalText, type DecisionRow, type LedgerRow } from '../ledger.ts'
import { redact } from '../redact.ts'
import type { PersonId } from '../team/team.ts'
import type { Proof } from './approval.ts'

/** What a change is said to be asked for: compared with what was signed. */
export interface AskedFor {
  /** Run of the incident, or of the update of the monitoring. */
  readonly about: string
  /** Kind and parameters, as canonical text. */
  readonly what: string
  readonly person: string
}

export interface RequestStatement {
  readonly v: 1
  readonly about: string
  readonly what: string
  readonly person: PersonId
  readonly door: 'slack' | 'cli'
  /** ISO. */
  readonly at: string
}

/** With the proof that a door, or the person's own key, made it. */
export interface SignedRequest {
  readonly statement: RequestStatement
  readonly kid: string
  /** Ed25519 over `requestText`, base64url. */
  readonly signature: string
}

/** The exact text that is signed; its first word keeps it apart from that of a decision. */
export function requestText({ v, about, what, person, door, at }: RequestStatement): string {
  return JSON.stringify(['ops-request', v, about, what, person, door, at])
}

/** What an incident can be asked for that changes a host. */
export type HostChange =
  | {
      readonly kind: 'workaround'
      readonly name: string
      readonly host: string
      readonly parameters: Readonly<Record<string, string>>
    }
  | { readonly kind: 'fix'; readonly host: string; readonly fix: string }

/** `what` of a statement about it: exactly these fields, whatever else the value holds. */
export function changeText(command: HostChange): string {
  switch (command.kind) {
    case 'workaround': {
      const { kind, name, host, parameters } = command
      return canonicalText({ kind, name, host, parameters })
    }
    case 'fix': {
      const { kind, host, fix } = command
      return canonicalText({ kind, host, fix })
    }
  }
}

const LONGEST_WORD = 300
const LONGEST_TEXT = 20_000

/** Exactly the known fields with their types, or null: whoever starts a run passes what they like. */
export function readRequest(value: unknown): SignedRequest | null {
  if (!isRecord(value) || !isRecord(value.statement)) return null
  const { kid, signature } = value
  const { v, about, what, person, door, at } = value.statement
  if (!isText(kid) || !isText(signature) || v !== 1) return null
  if (!isText(about) || !isText(what, LONGEST_TEXT) || !isText(person) || !isText(at)) return null
  if (door !== 'slack' && door !== 'cli') return null
  return { statement: { v, about, what, person: person as PersonId, door, at }, kid, signature }
}

/** The clock of a door may be ahead by so much. */
const AHEAD_MS = 5 * 60_000
/** A request may have to wait for the host; whoever still wants it after a day asks again. */
const COUNTS_MS = 24 * 60 * 60_000

export type RequestProof = { readonly kind: 'genuine' } | Extract<Proof, { kind: 'refused' }>

/** Whether a genuine statement is about exactly this, and of these days. `now`: ISO. */
export function judgeRequest({ statement }: SignedRequest, asked: AskedFor, now: string): RequestProof {
  const { about, what, person, at } = statement
  if (person !== asked.person) {
    return refused(`the proof is ${person}'s and the request ${asked.person}'s`, 'Ask under your own name.')
  }
  if (about !== asked.about || what !== asked.what) {
    return refused('what was signed is not what is asked', 'Ask for it again, through ops or Slack.')
  }
  const age = Date.parse(now) - Date.parse(at)
  // Written so that a time that is none is refused, too.
  if (age >= -AHEAD_MS && age <= COUNTS_MS) return { kind: 'genuine' }
  return refused(`it was signed at ${at}, and counts for a day`, 'Check the clock of the door, and ask again.')
}

export const UNSIGNED = refused(
  'nobody has signed that they ask for this',
  'Ask through ops or Slack, in the same release as the control plane; nothing else signs.',
)

export const USED = refused('this request was carried out once already', 'Whoever wants it again asks again.')

export interface RequestUse {
  readonly asked: AskedFor
  /** Id and run of the workflow that is asked. */
  readonly run: { readonly workflowId: string; readonly runId: string }
  /** A fix is tried on staging and deployed by one request: each of both once. */
  readonly purpose: 'change' | 'staging'
  /** ISO time of the workflow. */
  readonly at: string
}

/** `digest`: of the signed text. The key has no run in it, so that a second one finds the first. */
export function usedRow({ statement }: SignedRequest, { run, purpose, at }: RequestUse, digest: string): LedgerRow {
  const { person, door, what } = statement
  return requestRow({
    approvalId: requestId(digest),
    entry: purpose,
    workflowId: run.workflowId,
    at,
    person,
    door,
    digest,
    counted: true,
    text: redact(`${what}, in run ${run.runId}`),
  })
}

/** What was asked without a proof that counts: the person as claimed. */
export function refusedRow(
  signed: SignedRequest | null,
  { asked, run, purpose, at }: RequestUse,
  digest: string,
  { why, hint }: Extract<RequestProof, { kind: 'refused' }>,
): LedgerRow {
  return requestRow({
    approvalId: signed === null ? 'REQ-unsigned' : requestId(digest),
    entry: `refused-${purpose}-${run.runId}`,
    workflowId: run.workflowId,
    at,
    person: asked.person,
    door: signed?.statement.door ?? 'unknown',
    digest,
    counted: false,
    text: redact(`${why}. ${hint} Asked for: ${asked.what}`),
  })
}

function requestRow(row: Omit<DecisionRow, 'kind' | 'verdict'>): LedgerRow {
  return { table: 'decisions', row: { ...row, kind: 'request', verdict: 'ask' } }
}

function requestId(digest: string): string {
  return `REQ-${digest.slice(0, 16).toUpperCase()}`
}

function refused(why: string, hint: string): Extract<RequestProof, { kind: 'refused' }> {
  return { kind: 'refused', why, hint }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown, longest = LONGEST_WORD): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest
}
