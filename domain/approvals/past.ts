/** What to say to somebody who decides when there is nothing left to decide: who decided what, and when. */
import { clock } from '../clock.ts'
import type { DecisionRow } from '../ledger.ts'
import type { Gate } from './approval.ts'
import { endingWords } from './rows.ts'

/** More rows than one approval has, unless somebody tries without end. */
export const MOST_ROWS = 1_000

export interface Past {
  readonly approvalId: string
  /** Of the gate, as it ended. */
  readonly state: string
  readonly words: string
}

/** Of a gate whose run has ended. */
export function pastOfGate(gate: Gate): Past {
  const { approvalId, state, decidedAt } = gate
  const told =
    decidedAt === null
      ? 'The run that asked this has ended, and nobody had decided.'
      : ending(endingWords(gate), decidedAt)
  return { approvalId, state, words: tooLate(approvalId, [told]) }
}

/** From the rows of one approval; null when none of them is an ending. */
export function pastOfRows(rows: readonly DecisionRow[]): Past | null {
  const endings = rows.filter(({ kind }) => kind === 'closed').toSorted((a, b) => a.at.localeCompare(b.at))
  const last = endings.at(-1)
  if (last === undefined) return null
  const told = endings.map(({ text, at }) => ending(text, at))
  return { approvalId: last.approvalId, state: last.verdict, words: tooLate(last.approvalId, told) }
}

function tooLate(approvalId: string, endings: readonly string[]): string {
  return `Too late for ${approvalId}. ${endings.join(' ')} Whoever still wants something else asks anew.`
}

function ending(text: string, at: string): string {
  return `${text.trim().replace(/\.$/, '')} (${clock(at)}).`
}
