/**
 * A failure that a person can act on: what is wrong, whose business it is to change it, and the exit code of the
 * command that met it. Everything thrown on purpose by the sandbox is one of these.
 */

export interface ProblemOptions {
  readonly hint?: string
  readonly exit?: number
  readonly cause?: unknown
}

export class Problem extends Error {
  override readonly name = 'Problem'
  readonly hint: string | undefined
  readonly exit: number

  constructor(message: string, options: ProblemOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.exit = options.exit ?? 1
  }
}

/** Exit codes of the house; docs/command-line.md lists them. */
export const exits = { unknown: 3, usage: 64, unavailable: 69, busy: 75, notPermitted: 77, interrupted: 130 } as const

/** One sentence about anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The text a person sees for anything that was thrown: message, then what to do next. */
export function describe(error: unknown): string {
  return error instanceof Problem && error.hint !== undefined ? `${error.message}\n  ${error.hint}` : messageOf(error)
}
