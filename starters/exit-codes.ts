/**
 * Exit codes of `ops` (a contract: scripts depend on them).
 * 0 ok · 1 warn · 2 fail · 3 unknown, a run that failed or was cancelled, or nothing could be judged · 64 wrong usage ·
 * 69 Temporal unreachable · 75 busy · 77 not permitted · 130 interrupted.
 */
import { type Failure, OpsError } from '../domain/failures.ts'

export type ExitCode = 0 | 1 | 2 | 3 | 64 | 69 | 75 | 77 | 130

/** A failure that decides the exit code itself. */
export class ExitError extends OpsError {
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, failure: Failure, options?: ErrorOptions) {
    super(failure, options)
    this.exitCode = exitCode
  }
}

/** The command line says something that `ops` does not understand. */
export function usageError(message: string, hint: string): ExitError {
  return new ExitError(64, { owner: 'operator', message, hint })
}

export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof ExitError) return error.exitCode
  if (error instanceof OpsError && error.owner === 'permission') return 77
  if (error instanceof OpsError && error.owner === 'operator') return 64
  return 3
}
