/**
 * Which submission of a form is meant. A form that was refused stays open under its id and its hash, so what is sent from it
 * again, corrected or once its reason is gone, is told from a second copy by what was typed and by its trigger.
 */
import { createHash } from 'node:crypto'
import type { Submission } from './payloads.ts'

/** More forms than anybody has open; the oldest are forgotten. */
const REMEMBERED = 1_000

export interface Resubmissions {
  /** The same for every copy of one submission. */
  idOf(submission: Submission): string
  /** Its person reads why not, and may send the form again. */
  refused(submission: Submission): void
}

/** Kept in this process only: after its restart, the same words from the same form get the same answer; others do not. */
export function rememberRefusals(): Resubmissions {
  /** The trigger that was refused, by what was sent. */
  const refusals = new Map<string, string>()
  return {
    idOf(submission) {
      const sent = sentIn(submission)
      const before = refusals.get(sent)
      return before === undefined || before === submission.trigger ? sent : `${sent}:${submission.trigger}`
    },
    refused(submission) {
      const sent = sentIn(submission)
      if (refusals.has(sent)) return
      refusals.set(sent, submission.trigger)
      const [oldest] = refusals.keys()
      if (refusals.size > REMEMBERED && oldest !== undefined) refusals.delete(oldest)
    },
  }
}

function sentIn({ viewId, hash, values }: Submission): string {
  const typed = JSON.stringify(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return `${viewId}:${hash}:${createHash('sha256').update(typed).digest('hex').slice(0, 16)}`
}
