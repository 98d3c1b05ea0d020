/** Reads a decision, or its review, that anybody may have sent: a signal and a row carry whatever their author likes. */
import { OpsError } from '../failures.ts'
import { redact } from '../redact.ts'
import type { PersonId } from '../team/team.ts'
import type { SignedStatement, Verdict } from './approval.ts'
import type { SignedReview } from './review.ts'
import { parseUnheard, type Unheard } from './unheard.ts'

const VERDICTS: readonly Verdict[] = ['approve', 'deny', 'withdraw', 'approve-alone', 'breakglass']

/** A form in Slack takes 3,000 characters. */
const LONGEST_REASON = 4_000
const LONGEST_WORD = 200

/** At the door, while its author is there: signed, a longer one would be no statement. */
export function refuseLongReason(reason: string): void {
  const { length } = redact(reason)
  if (length <= LONGEST_REASON) return
  const message = `the reason is too long: ${length} characters, and ${LONGEST_REASON} are the most`
  throw new OpsError({
    owner: 'operator',
    message,
    hint: 'Say it in fewer words, and put the rest into a note of the incident.',
  })
}

/** Exactly the known fields with their types, or null. Says nothing about who sent it. */
export function readSigned(value: unknown): SignedStatement | null {
  return read(value, VERDICTS)
}

/** The same of a review. */
export function readReview(value: unknown): SignedReview | null {
  const signed = read(value, ['review'] as const)
  if (signed === null || signed.statement.unheard !== undefined) return null
  const { unheard: _, ...statement } = signed.statement
  return { ...signed, statement }
}

function read<V extends string>(value: unknown, verdicts: readonly V[]) {
  if (!isRecord(value) || !isRecord(value.statement)) return null
  const { kid, signature } = value
  const { v, approvalId, digest, person, door, verdict, reason, at, unheard } = value.statement
  if (!isWord(kid) || !isWord(signature) || v !== 1) return null
  if (!isWord(approvalId) || !isWord(digest) || !isWord(person) || !isWord(at)) return null
  if (door !== 'slack' && door !== 'cli') return null
  if (typeof reason !== 'string' || reason.length > LONGEST_REASON) return null
  const known = verdicts.find(candidate => candidate === verdict)
  const mark = parseUnheard(unheard)
  if (known === undefined || (mark === null && unheard !== undefined)) return null
  const statement = { v, approvalId, digest, person: person as PersonId, door, verdict: known, reason, at } as const
  const said: typeof statement & { readonly unheard?: Unheard } =
    mark === null ? statement : { ...statement, unheard: mark }
  return {
    statement: said,
    kid,
    signature,
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_WORD
}
