/** What a person reads in answer to what they sent. */
import { type Markup, markup, piece } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import { isPassing } from '../client.ts'

export interface Answer {
  /** Nothing to read: the card shows it. */
  readonly lines: readonly Markup[]
  /** What a person may have to copy, shown to the letter below the lines. */
  readonly kept?: readonly Kept[]
  /** A form stays open with this beside the field. */
  readonly isProblem?: true
  /** Whether what was asked for is written down; absent when there was nothing to write, and when nobody knows. */
  readonly recorded?: boolean
  /** What becomes known after the acknowledgement; null when nothing has to be said. */
  readonly later?: () => Promise<Answer | null>
}

export interface Kept {
  readonly label: string
  readonly text: string
}

export const NOTHING: Answer = { lines: [] }

export function said(...lines: readonly Markup[]): Answer {
  return { lines }
}

/** Said once Temporal, or the ledger, has confirmed it. */
export function recorded(...lines: readonly Markup[]): Answer {
  return { lines, recorded: true }
}

export function problem(...lines: readonly Markup[]): Answer {
  return { lines, isProblem: true }
}

/** Thrown when a write was not confirmed in time: by whom, and the line that does the same at the command line. */
export class NotRecorded extends Error {
  override readonly name = 'NotRecorded'
  readonly instead: string
  readonly silent: 'Temporal' | 'the ledger'

  constructor(instead: string, cause: unknown, silent: NotRecorded['silent'] = 'Temporal') {
    super('not recorded', { cause })
    this.instead = instead
    this.silent = silent
  }
}

/** An error as an answer. What is a defect of ops stays in the log. */
export function explained(error: unknown): Answer {
  if (error instanceof NotRecorded) {
    return {
      ...problem(markup`❌ *NOT recorded*: ${error.silent} did not confirm it.`),
      kept: [{ label: 'At the command line', text: error.instead }],
      recorded: false,
    }
  }
  if (error instanceof OpsError) {
    return { ...problem(markup`⚠️ ${piece(error.message, 1_000)}`, markup`${error.hint}`), recorded: false }
  }
  if (isPassing(error)) {
    return problem(
      markup`⚠️ Temporal, or the worker that knows the answer, does not answer now. Nothing was changed.`,
      markup`Try again in a minute; \`ops doctor\` says what is wrong.`,
    )
  }
  return problem(
    markup`❌ ops itself broke; whether this was recorded is not known.`,
    markup`Look before you repeat it; the log of the ingress has the reason.`,
  )
}
