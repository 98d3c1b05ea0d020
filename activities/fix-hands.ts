/** What the procedure `fix` needs beside the changes of a host (response-hands.ts). Types only. */
import type { Service } from '../domain/estate.ts'
import type { Fix, Reproduction } from '../domain/fixes/fix.ts'

/** What a named check found. `unknown`: the service cannot be asked, so that it says nothing about the fault. */
export interface Reproduced {
  readonly state: 'passed' | 'failed' | 'unknown'
  readonly summary: string
}

export interface Suite {
  readonly passed: boolean
  readonly lines: readonly string[]
}

export interface ServiceLook {
  readonly healthy: boolean
  readonly summary: string
  /** Errors in the log by fingerprint since the asked time; null when the log cannot be read. */
  readonly errors: Readonly<Record<string, number>> | null
}

/** On a host. */
export interface FixHands {
  /** A read, but for the session of a prompt. A service that is still starting is waited for. */
  reproduce(request: { readonly service: Service; readonly reproduction: Reproduction }): Promise<Reproduced>
  /** Handshake, five timed ones, a session: what every fix has to pass. */
  runSuite(request: { readonly service: Service }): Promise<Suite>
  /** A read. `since` and `until` are ISO times. */
  lookAtService(request: {
    readonly service: Service
    readonly since: string
    readonly until: string
  }): Promise<ServiceLook>
}

/** On the control plane. */
export interface FixActivities {
  /** The newest registration that a person's words name. Throws OpsError operator: not registered, ambiguous, CI not green, bytes gone. A read. */
  readFix(request: { readonly fix: string }): Promise<Fix>
  /** Asks the wake hook to switch a staging host on or off; false when none is configured. Safe to repeat: on stays on. */
  switchPower(request: { readonly host: string; readonly power: 'on' | 'off' }): Promise<boolean>
}
