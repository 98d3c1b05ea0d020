/**
 * An incident as everybody sees it: the workflow's state, carried through continue-as-new, answered by its query, drawn on
 * cards and printed by `ops incident show`. Plain JSON; times are ISO.
 */
import type { ArtefactRef } from '../run-record.ts'
import type { PersonId } from '../team/team.ts'
import type { Category, Severity } from './severity.ts'

/** The manual's four (I3.2), what comes before and what comes after them. */
export type IncidentStatus = 'declared' | 'investigating' | 'identified' | 'resolving' | 'resolved' | 'closed'

/** How it ended, when it ended. */
export type IncidentEnding = 'completed' | 'duplicate' | 'false-alarm'

export type Role = 'commander' | 'communications' | 'scribe'

export type DoorName = 'slack' | 'cli' | 'alert' | 'health-check' | 'ops'

/** Who did something and how they came in; `person` is null for machines. */
export interface Actor {
  readonly person: PersonId | null
  readonly door: DoorName
}

/** One line of what happened, derived from what happened and never typed (I2.4a). */
export interface TimelineEntry {
  /** Counts from 1 without gaps. */
  readonly seq: number
  readonly at: string
  readonly by: Actor
  /** What happened, for searching: `declared`, `acknowledged`, `paged`, `note`, `evidence`, `gate-opened`, … */
  readonly kind: string
  /** One sentence, redacted. */
  readonly text: string
}

export interface Acknowledgement {
  readonly by: PersonId
  readonly at: string
  /** Last sign of activity of anybody on the incident: without one it goes stale. */
  readonly activeAt: string
  /** When its holder was asked whether they are still on it; null while not asked. */
  readonly askedAt: string | null
  /** Asked because their shift is over: only they, or whoever takes it over, answer that. Absent otherwise. */
  readonly shiftOver?: true
}

/** A hand-over that waits for the receiver. */
export interface Offer {
  readonly id: string
  readonly what: Role | 'acknowledgement'
  readonly from: PersonId
  readonly to: PersonId
  readonly at: string
  /** Made for its giver when their shift ended: void once they are still on it. Absent when a person has made it. */
  readonly byOps?: true
}

export interface Paging {
  /** Index into the roster's tiers of the tier that was paged last; null before the first page. */
  readonly tier: number | null
  /** How often the whole roster has been gone through. */
  readonly round: number
  readonly pagedAt: string | null
  /** When the next tier is due; null while nobody needs to be paged. */
  readonly nextAt: string | null
  /** People whose page nobody could deliver, with their phone numbers: printed on the card. */
  readonly unreached: readonly { readonly person: PersonId; readonly phone: string | null; readonly why: string }[]
  /** Whoever has been rung, for the silence; absent when nobody knows, as in incidents that began without this list. */
  readonly rung?: readonly PersonId[]
  /** Who is rung although somebody has it, because it got worse by itself: until anybody acknowledges. Absent for nobody. */
  readonly alerted?: readonly PersonId[]
}

/** What was found on one host by one collector (I2.1b). */
export interface Evidence {
  readonly host: string
  readonly collector: string
  readonly state: 'collected' | 'failed'
  /** One line: the finding, or why there is none. */
  readonly summary: string
  readonly artefact: ArtefactRef | null
}

/** A ranked guess at the cause, with what speaks for it (S46). */
export interface Hypothesis {
  readonly id: string
  readonly title: string
  /** 0 to 100. */
  readonly weight: number
  readonly evidence: readonly string[]
  /** Name of a workaround of the catalogue that would help, or null. */
  readonly workaround: string | null
}

export interface RootCause {
  readonly trigger: string
  readonly propagation: string
  readonly contributingFactors: string
  readonly findings: string
}

export type ChangeState =
  | 'planning'
  | 'awaiting-approval'
  | 'running'
  | 'done'
  | 'refused'
  | 'failed'
  | 'reverted'
  | 'cancelled'

/** A workaround, a fix or an update of the monitoring that was asked for in this incident; each is a run of its own. */
export interface IncidentChange {
  /** Counts from 1. */
  readonly number: number
  readonly kind: 'workaround' | 'fix' | 'monitoring'
  /** For people: "restart opencode-acp on alpha". */
  readonly title: string
  readonly workflowId: string
  readonly requestedBy: PersonId
  readonly at: string
  readonly state: ChangeState
  readonly outcome: string | null
}

export interface FollowUp {
  readonly number: number
  readonly kind: 'prevention' | 'monitoring'
  readonly title: string
  readonly owner: PersonId
  /** Local day, YYYY-MM-DD. */
  readonly due: string
  readonly doneAt: string | null
  /** Where it was agreed, INC-7/2, when a duplicate has passed it on. */
  readonly from?: string
}

/** `from` names the incident that agreed it, and which one it was there: INC-7/2. */
export type PassedOnFollowUp = Pick<FollowUp, 'kind' | 'title' | 'owner' | 'due'> & { readonly from: string }

export interface Review {
  /** Local date and time as the team writes it; null while none is set. */
  readonly at: string | null
  readonly notes: string | null
}

export interface LinkedAlert {
  readonly fingerprint: string
  readonly name: string
  readonly instance: string | null
  readonly state: 'firing' | 'resolved'
  readonly since: string
  readonly severity: 'critical' | 'warning' | 'info'
  readonly summary: string
}

/** A mail that did not go out, or not yet. */
export interface Undelivered {
  readonly subject: string
  readonly audiences: readonly string[]
  readonly why: string
}

/** Where a card lives in the chat; null until it was posted. */
export interface CardPlace {
  readonly channel: string
  readonly ts: string
}

export interface Incident {
  /** Human number: INC-7. */
  readonly number: number
  readonly workflowId: string
  /** Of the first run in the chain of continue-as-new: identifies the incident in the ledger. */
  readonly key: string
  readonly title: string
  /** `service/metric` of an alert, or null for a declared one. */
  readonly cause: string | null
  readonly severity: Severity
  /** The worst that it has been; absent when it never was another, or nobody kept it. */
  readonly worstSeverity?: Severity
  readonly category: Category
  readonly status: IncidentStatus
  readonly ending: IncidentEnding | null
  /** The incident that goes on in place of this one, INC-n. */
  readonly mergedInto: string | null
  readonly startedAt: string
  readonly declaredBy: Actor
  readonly impact: string | null
  /** Hosts and systems concerned; hosts of the estate are looked at. */
  readonly systems: readonly string[]
  readonly expectedResolution: string | null
  /** First acknowledgement of all: MTTA ends here. */
  readonly respondedAt: string | null
  readonly acknowledged: Acknowledgement | null
  readonly roles: Readonly<Partial<Record<Role, PersonId>>>
  readonly offers: readonly Offer[]
  readonly responders: readonly PersonId[]
  readonly subscribers: readonly PersonId[]
  readonly paging: Paging
  readonly evidence: readonly Evidence[]
  readonly evidenceAt: string | null
  readonly hypotheses: readonly Hypothesis[]
  readonly alerts: readonly LinkedAlert[]
  readonly changes: readonly IncidentChange[]
  readonly rootCause: RootCause | null
  readonly resolution: string | null
  readonly resolvedAt: string | null
  readonly review: Review
  readonly followUps: readonly FollowUp[]
  readonly postmortem: ArtefactRef | null
  readonly lastUpdateAt: string | null
  /** What the last status update said, for whoever writes the next one; absent before the first. */
  readonly lastSaid?: { readonly findings: string; readonly actions: string }
  /** When the next status update is due; null once resolved. */
  readonly nextUpdateAt: string | null
  readonly reopened: number
  readonly closedAt: string | null
  readonly card: CardPlace | null
  /** Absent in incidents that began without this list, and while there was none. */
  readonly undelivered?: readonly Undelivered[]
  /**
   * What the rules of time have done, by name: the ISO moment up to which each duty was carried out, and when each audience
   * was first told. Written by the rules (duties.ts, notices.ts), read by nobody else; empty at first.
   */
  readonly clock: Readonly<Record<string, string>>
  /** The newest entries; all of them are in the ledger. */
  readonly timeline: readonly TimelineEntry[]
  readonly entries: number
}

export function incidentName(number: number): string {
  return `INC-${number}`
}

/** The number in `INC-7`, `inc-7` or `7`; null when the text names none. */
export function parseIncidentName(text: string): number | null {
  const [, digits] = /^(?:inc-?)?(\d{1,9})$/i.exec(text.trim()) ?? []
  return digits === undefined ? null : Number(digits)
}
