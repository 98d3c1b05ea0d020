/** All that one host said in one health check. A part that `only=` left out is null. */
import type { Host } from '../estate.ts'
import type {
  AvailabilityFacts,
  DatabaseFacts,
  HostGreeting,
  LogFacts,
  SessionFacts,
  SystemFacts,
  UsageFacts,
} from '../facts.ts'
import type { Observed } from '../observed.ts'

export interface HostFacts {
  readonly host: Host
  readonly greeting: HostGreeting
  readonly system: SystemFacts | null
  readonly availability: Observed<AvailabilityFacts> | null
  readonly log: Observed<LogFacts> | null
  readonly usage: Observed<UsageFacts> | null
  readonly sessions: Observed<SessionFacts> | null
  readonly database: Observed<DatabaseFacts> | null
  /** Why it stopped answering in the middle of the visit; null when it did not. What it said before still counts. */
  readonly silence: string | null
}

/** A host answers, or its silence is the fact. */
export type HostAnswer =
  | { readonly kind: 'answered'; readonly facts: HostFacts }
  | { readonly kind: 'silent'; readonly host: Host; readonly reason: string }
