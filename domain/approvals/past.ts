/** Somebody decides when there is nothing left to decide: what to say to them, who decided what and when, and what is kept of it. */
import { clock } from '../clock.ts'
import type { DecisionRow, LedgerRow } from '../ledger.ts'
import { redact } from '../redact.ts'
import type { Gate, Statement } from './approval.ts'
import { attemptRow, endingWords } from './rows.ts'

/** More rows than one approval has, unless somebody tries without end. */
export const MOST_ROWS = 1_000

export interface Past {
  readonly approvalId: string
  /** Of the run that asked. */
  readonly workflowId: string
  readonly digest: string
  /** Of the gate, as it ended. */
  readonly state: string
  readonly words: string
}

/** Of a gate whose run has ended. */
export function pastOfGate(gate: Gate): Past {
  const { approvalId, workflowId, digest, state, decidedAt } = gate
  const told =
    decidedAt === null
      ? 'The run that asked this has ended, and nobody had decided.'
      : ending(endingWords(gate), decidedAt)
  return { approvalId, workflowId, digest, state, words: tooLate(approvalId, [told]) }
}

/** From the rows of one approval; null when none of them is an ending. */
export function pastOfRows(rows: readonly DecisionRow[]): Past | null {
  const endings = rows.filter(({ kind }) => kind === 'closed').toSorted((a, b) => a.at.localeCompare(b.at))
  const last = endings.at(-1)
  if (last === undefined) return null
  const told = endings.map(({ text, at }) => ending(text, at))
  const { approvalId, workflowId, digest, verdict } = last
  return { approvalId, workflowId, digest, state: verdict, words: tooLate(approvalId, told) }
}

/** No run judges it any more, so nobody counts it among the tries: its entry is made of what was said, the same for the same statement. */
export function lateRow(past: Past, { person, door, verdict, digest, reason, at }: Statement): LedgerRow {
  const attempt = { at, person, door, verdict, reason, counted: false, refusal: redact(past.words) }
  return attemptRow(past, digest, attempt, `late-${verdict}-${person}-${at}`)
}

function tooLate(approvalId: string, endings: readonly string[]): string {
  return `Too late for ${approvalId}. ${endings.join(' ')} Whoever still wants something else asks anew.`
}

function ending(text: string, at: string): string {
  return `${text.trim().replace(/\.$/, '')} (${clock(at)}).`
}
