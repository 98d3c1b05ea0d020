/** What a method of the Web API is: its scope, its rate tier, and what it does. */
import type { Modals } from '../modals.ts'
import type { Tier } from '../rate.ts'
import type { Triggers } from '../triggers.ts'
import type { Workspace } from '../workspace.ts'
import type { Args } from './args.ts'

/** The parts of the stand-in that methods work on. */
export interface Parts {
  readonly workspace: Workspace
  readonly modals: Modals
  readonly triggers: Triggers
  readonly switches: Switches
  readonly scopes: ReadonlySet<string>
  /** http://ADDRESS:PORT, without a slash at the end. */
  url(): string
}

/** Behaviour that real workspaces differ in, or that Slack does not promise. */
export interface Switches {
  rate: boolean
  /** Whether a second post with the same client_msg_id is answered with the first message. Slack promises nothing. */
  dedupe: boolean
  /** Connections are closed without an answer. */
  down: boolean
  /** Messages younger than this are missing in history and replies. */
  readLagMs: number
}

export interface Method {
  /** Null when every token may call it. */
  readonly scope: string | null
  readonly tier: Tier
  run(args: Args, parts: Parts): Readonly<Record<string, unknown>>
}

export type Methods = Readonly<Record<string, Method>>
