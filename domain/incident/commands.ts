/** What people and machines may tell an incident, through whichever door: one signal carries all of it. */
import type { SignedRequest } from '../approvals/request-statement.ts'
import type { PersonId } from '../team/team.ts'
import type { Actor, IncidentStatus, LinkedAlert, PassedOnFollowUp, Role, RootCause } from './incident.ts'
import type { Category, Severity } from './severity.ts'

export type IncidentCommand =
  | { readonly kind: 'acknowledge' }
  /** Answer to "are you still on it". */
  | { readonly kind: 'still-on-it' }
  | {
      readonly kind: 'classify'
      readonly severity: Severity | null
      readonly category: Category | null
      readonly impact: string | null
      readonly systems: readonly string[] | null
      readonly expectedResolution: string | null
    }
  /** `automatic`: a program says it in the name of whoever has set it off. */
  | { readonly kind: 'note'; readonly text: string; readonly automatic?: true }
  | {
      readonly kind: 'status'
      readonly status: Extract<IncidentStatus, 'investigating' | 'identified' | 'resolving'> | null
      readonly findings: string
      readonly actions: string
      readonly expectedResolution: string
    }
  | { readonly kind: 'no-change' }
  | { readonly kind: 'snooze'; readonly minutes: number }
  | { readonly kind: 'role'; readonly role: Role; readonly person: PersonId }
  | { readonly kind: 'hand-off'; readonly what: Role | 'acknowledgement'; readonly to: PersonId }
  | { readonly kind: 'accept'; readonly offer: string }
  | { readonly kind: 'page'; readonly person: PersonId; readonly message: string }
  | { readonly kind: 'subscribe' }
  | { readonly kind: 'unsubscribe' }
  | {
      readonly kind: 'workaround'
      /** Name in the catalogue. */
      readonly name: string
      readonly host: string
      readonly parameters: Readonly<Record<string, string>>
    }
  | { readonly kind: 'fix'; readonly host: string; readonly fix: string }
  | { readonly kind: 'root-cause'; readonly rootCause: RootCause }
  | {
      readonly kind: 'follow-up'
      readonly about: 'prevention' | 'monitoring'
      readonly title: string
      readonly owner: PersonId
      readonly due: string
    }
  | { readonly kind: 'follow-up-done'; readonly number: number }
  | { readonly kind: 'review'; readonly at: string | null; readonly notes: string | null }
  | { readonly kind: 'merge'; readonly into: string }
  | { readonly kind: 'resolve'; readonly resolution: string }
  | { readonly kind: 'false-alarm'; readonly reason: string }
  | { readonly kind: 'reopen'; readonly reason: string }
  | { readonly kind: 'close' }
  /**
   * From alerts: what fires or has stopped firing. Never closes and never remedies anything by itself. `again`: not all that
   * happened before was told, so what fires opens an incident that is over also when it was known to fire. `cutOff`: how many
   * more came with them that nobody has named.
   */
  | {
      readonly kind: 'alerts'
      readonly alerts: readonly LinkedAlert[]
      readonly again?: boolean
      readonly cutOff?: number
      readonly via?: Via
    }
  /** Somebody, or something, reported the same again. What is absent was not said. */
  | {
      readonly kind: 'declared-again'
      readonly title: string
      readonly severity?: Severity
      readonly hosts?: readonly string[]
      readonly impact?: string | null
      /** Of a duplicate: what is still to be done, and goes on where this is heard. */
      readonly followUps?: readonly PassedOnFollowUp[]
      readonly via?: Via
    }

/** Numbers of the incidents that have passed this on, the first one first; absent when it came through a door. */
export type Via = readonly number[]

/** A command on its way. */
export interface IncidentMessage {
  /** Made by the door from what it was given, so that a repeated delivery is recognised. */
  readonly id: string
  readonly by: Actor
  /** ISO time at the door. */
  readonly at: string
  /** Number of the incident that is meant: another one may have come under the same workflow id. Absent when nobody said. */
  readonly incident?: number
  readonly command: IncidentCommand
  /** With a command that asks for a change: that the person really does. */
  readonly proof?: SignedRequest
}

/** What became of a message; kept for the newest hundred. */
export type IncidentAnswer =
  | { readonly id: string; readonly outcome: 'done'; readonly text: string }
  | { readonly id: string; readonly outcome: 'refused'; readonly text: string; readonly hint: string }

/** How an incident is opened. */
export interface IncidentDeclaration {
  readonly title: string
  readonly severity: Severity
  readonly category: Category
  readonly cause: string | null
  /** Hosts concerned; empty for all. */
  readonly hosts: readonly string[]
  readonly impact: string | null
  readonly by: Actor
  /** Made by the door; the second message with it is the same declaration. */
  readonly id: string
  /** ISO time from which all deadlines count: that of the first sign, not of the start of the workflow. */
  readonly startedAt: string
  readonly alerts: readonly LinkedAlert[]
}
