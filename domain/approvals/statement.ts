/** Reads a decision that anybody may have sent: a signal carries whatever its sender likes. */
import type { PersonId } from '../team/team.ts'
import type { SignedStatement, Statement, Verdict } from './approval.ts'
import { parseUnheard } from './unheard.ts'

const VERDICTS: readonly Verdict[] = ['approve', 'deny', 'withdraw', 'approve-alone', 'breakglass']

/** A form in Slack takes 3,000 characters. */
const LONGEST_REASON = 4_000
const LONGEST_WORD = 200

/** Exactly the known fields with their types, or null. Says nothing about who sent it. */
export function readSigned(value: unknown): SignedStatement | null {
  if (!isRecord(value) || !isRecord(value.statement)) return null
  const { kid, signature } = value
  const { v, approvalId, digest, person, door, verdict, reason, at, unheard } = value.statement
  if (!isWord(kid) || !isWord(signature) || v !== 1) return null
  if (!isWord(approvalId) || !isWord(digest) || !isWord(person) || !isWord(at)) return null
  if (door !== 'slack' && door !== 'cli') return null
  if (typeof reason !== 'string' || reason.length > LONGEST_REASON) return null
  const known = VERDICTS.find(candidate => candidate === verdict)
  const mark = parseUnheard(unheard)
  if (known === undefined || (mark === null && unheard !== undefined)) return null
  const statement: Statement = { v, approvalId, digest, person: person as PersonId, door, verdict: known, reason, at }
  return {
    statement: mark === null ? statement : { ...statement, unheard: mark },
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
