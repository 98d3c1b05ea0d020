/** What people may ask for around incidents and decisions; part of the one command language (commands.ts). */
import type { Verdict } from './approvals/approval.ts'
import type { Reproduction } from './fixes/fix.ts'
import type { IncidentRequest } from './incident/words.table.ts'

/** Whoever speaks at the command line: null is the holder of the key that the settings name. */
interface Spoken {
  readonly as: string | null
}

export interface IncidentCliCommand extends Spoken {
  readonly verb: 'incident'
  readonly request: IncidentRequest | { readonly kind: 'statistics'; readonly sinceMs: number | null }
  /** File for an export, or null for standard output. */
  readonly output: string | null
}

/** `key`: a private key file whose public half is wanted. */
export interface WhoamiCommand extends Spoken {
  readonly verb: 'whoami'
  readonly key: string | null
}

export interface DecideCommand extends Spoken {
  readonly verb: Verdict
  readonly approvalId: string
  readonly reason: string
}

export type FixCommand =
  | { readonly verb: 'fix'; readonly action: 'list' }
  | (Spoken & {
      readonly verb: 'fix'
      readonly action: 'register'
      /** A file with a JSON merge patch, or a version of the agent. */
      readonly source:
        | { readonly kind: 'file'; readonly path: string }
        | { readonly kind: 'version'; readonly version: string }
      readonly title: string
      readonly ci: 'passed' | 'failed'
      readonly ciUrl: string
      /** Null: the version itself is the check. */
      readonly reproduction: Reproduction | null
      readonly watchSeconds: number
    })

/** New rules for Prometheus (S54): paths of the rules and of their unit tests. */
export interface MonitoringCommand extends Spoken {
  readonly verb: 'monitoring'
  readonly action: 'propose'
  readonly rules: string
  readonly tests: readonly string[]
  readonly reason: string
  /** Number of the incident that it belongs to, or null. */
  readonly incident: number | null
}

export type ResponseCommand =
  | FixCommand
  | MonitoringCommand
  | IncidentCliCommand
  | DecideCommand
  | WhoamiCommand
  | { readonly verb: 'approvals' }
  | (Spoken & { readonly verb: 'review'; readonly approvalId: string; readonly reason: string })
  | { readonly verb: 'oncall'; readonly at: string | null }
  | (Spoken & { readonly verb: 'page'; readonly person: string })
  | { readonly verb: 'tickets' }
  | { readonly verb: 'silence'; readonly action: 'list' }
  | (Spoken & {
      readonly verb: 'silence'
      readonly action: 'add'
      readonly cause: string
      readonly forMs: number
      readonly reason: string
    })
  | (Spoken & { readonly verb: 'silence'; readonly action: 'end'; readonly cause: string })
  | (Spoken & { readonly verb: 'freeze' | 'thaw'; readonly reason: string })
