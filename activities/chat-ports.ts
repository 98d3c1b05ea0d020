/** What the activities of the queue `chat` are built on, and how long one of them waits for its turn with Slack. */
import type { Gate } from '../domain/approvals/approval.ts'
import type { Freeze } from '../domain/chat/card-context.ts'
import type { CardPlace, Incident } from '../domain/incident/incident.ts'
import type { Team } from '../domain/team/team.ts'
import type { Mailer } from './adapters/mail.ts'
import type { Pager } from './adapters/pager.ts'
import type { Patience } from './adapters/slack.pace.ts'
import type { Slack } from './adapters/slack.ts'

export interface ChatPorts {
  /** Null while it is not configured: then everything works by command line. */
  readonly slack: Slack | null
  readonly mailer: Mailer | null
  readonly pager: Pager | null
  /** Throws while the estate file is broken; cards, posts and pages then go to the people known before. */
  readonly readTeam: () => Promise<Team>
  /** Those whom an earlier process knew; null when none did. */
  readonly readKeptTeam?: () => Promise<Team | null>
  /** Told once when the people cannot be read. */
  readonly report?: (line: string) => void
  /** Null when there is none of this id, or it has no number yet. */
  readonly readIncident: (workflowId: string, runId?: string) => Promise<Incident | null>
  readonly readGate: (workflowId: string, approvalId: string, runId?: string) => Promise<Gate | null>
  readonly readFreeze: () => Promise<Freeze | null>
  /** Of the running call, from 1. */
  readonly attempt: () => number
  /** What the running call may take; a minute when absent. */
  readonly timeoutMs?: () => number
  /** Aborted when the running call is cancelled. */
  readonly signal?: () => AbortSignal
  /** Base address of the Temporal UI with its namespace, when people can open it. */
  readonly ui?: string
}

/** Where a card lives that nobody can see. */
export const NOWHERE: CardPlace = { channel: 'none', ts: '' }

const MINUTE_MS = 60_000

/** What a call to Slack may take after its turn has come. */
const AFTER_TURN_MS = 15_000

/** Never past the end of the call: a message that is posted after it would not be found by the next try. */
export function patienceOf({ timeoutMs, signal }: ChatPorts, atMostMs = Number.POSITIVE_INFINITY): Patience {
  const whole = timeoutMs?.() ?? MINUTE_MS
  const ms = Math.min(atMostMs, Math.max(1_000, whole - AFTER_TURN_MS))
  const until = performance.now() + ms
  return signal === undefined ? { until } : { until, signal: signal() }
}
