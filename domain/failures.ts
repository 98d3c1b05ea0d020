/** Failures are records that name an owner and a next step. Grouped by whose problem it is. */

export type FailureOwner = 'host' | 'tool' | 'configuration' | 'permission' | 'operator'

export interface Failure {
  readonly owner: FailureOwner
  /** Lower case, no full stop. Carries no secret: adapters redact before they throw. */
  readonly message: string
  /** The next step, as a sentence. */
  readonly hint: string
  /** The other side said when it may be asked again; absent when it did not. */
  readonly retryAfterMs?: number
}

/** Type name under which a failure travels through Temporal. */
export type FailureType =
  | 'HostProblem'
  | 'ToolProblem'
  | 'ConfigurationProblem'
  | 'PermissionProblem'
  | 'OperatorProblem'

export function failureType(owner: FailureOwner): FailureType {
  switch (owner) {
    case 'host':
      return 'HostProblem'
    case 'tool':
      return 'ToolProblem'
    case 'configuration':
      return 'ConfigurationProblem'
    case 'permission':
      return 'PermissionProblem'
    case 'operator':
      return 'OperatorProblem'
  }
}

/** Hosts and tools recover by themselves; a wrong file, a missing right or a wrong request does not. */
export function isRetryable(owner: FailureOwner): boolean {
  return owner === 'host' || owner === 'tool'
}

/** Thrown by adapters and pure parsers; activities turn it into Temporal's own failure. */
export class OpsError extends Error implements Failure {
  override readonly name = 'OpsError'
  readonly owner: FailureOwner
  readonly hint: string
  readonly retryAfterMs?: number

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options)
    this.owner = failure.owner
    this.hint = failure.hint
    if (failure.retryAfterMs !== undefined) this.retryAfterMs = failure.retryAfterMs
  }
}
