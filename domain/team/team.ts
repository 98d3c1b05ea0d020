/** Who operates the estate: people, groups, the on-call roster, where they are reached. A snapshot without secrets. */

/** A person's id in the estate file, for example `ana`. The same through every door. */
export type PersonId = string & { readonly __brand: 'PersonId' }

export interface Person {
  readonly id: PersonId
  readonly name: string
  readonly email: string | null
  /** Printed when no page can be delivered. */
  readonly phone: string | null
  /** Every Slack account of this person: all of them are one identity. */
  readonly slackUsers: readonly string[]
}

/** A public key with which decisions are signed, raw Ed25519, base64url. */
export interface SigningKey {
  readonly kid: string
  readonly publicKey: string
  /** `person`: that person signs at the command line. `door`: a door signs for whoever it has recognised. */
  readonly holder:
    | { readonly kind: 'person'; readonly person: PersonId }
    | { readonly kind: 'door'; readonly door: 'slack' }
  /** ISO time from which it counts no more; null while it is in use. */
  readonly retiredAt: string | null
}

export interface RosterTier {
  readonly name: string
  /** One after the other, each for `days` days. */
  readonly rotation: readonly PersonId[]
  readonly days: number
  /** Local day on which the first of the rotation begins, YYYY-MM-DD. */
  readonly start: string
}

/** Somebody stands in on a tier for a time; the latest of several counts. A swap is two of these. */
export interface RosterOverride {
  readonly tier: string
  readonly person: PersonId
  /** ISO. */
  readonly from: string
  readonly until: string
  readonly reason: string
}

export interface Roster {
  /** Local hour of the hand-over, 0 to 23. */
  readonly handoverHour: number
  /** First tier is paged first. Never empty. */
  readonly tiers: readonly RosterTier[]
  readonly overrides: readonly RosterOverride[]
}

export type PageChannel = 'slack' | 'mail' | 'webhook'

export interface Audiences {
  /** Mail addresses. */
  readonly ops: readonly string[]
  readonly management: readonly string[]
  readonly stakeholders: readonly string[]
}

export interface SlackPlaces {
  /** Workspace id, T…: what comes from another one is refused. */
  readonly teamId: string
  readonly appId: string
  /** Channel ids: names change. */
  readonly incidents: string
  readonly ops: string
  /** Slash command with its slash; two apps must not share one. */
  readonly command: string
}

export interface ApprovalRules {
  /** Group that decides. */
  readonly approvers: string
  /** Group that is asked when the first one stays silent. */
  readonly escalation: string
  /** Group whose members may use break-glass. */
  readonly emergency: string
  /** So many different people of the group have to approve; one when absent. */
  readonly quorum?: number
  readonly remindMinutes: number
  readonly escalateMinutes: number
  readonly expireMinutes: number
}

export interface Team {
  /** IANA zone of the estate. */
  readonly timezone: string
  readonly people: readonly Person[]
  readonly groups: Readonly<Record<string, readonly PersonId[]>>
  readonly keys: readonly SigningKey[]
  /** Null when nobody is on call: incidents then page the group `responders`. */
  readonly roster: Roster | null
  /** In this order; the next one at once when one cannot deliver. */
  readonly pageBy: readonly PageChannel[]
  /** Local days without work, YYYY-MM-DD. */
  readonly holidays: readonly string[]
  /** Local hours in which Low and Medium may make a noise: from (inclusive) to (exclusive). */
  readonly officeHours: { readonly from: number; readonly until: number }
  /** Without a sign of activity for so long, the holder of a Critical or High incident is asked; an hour when absent. */
  readonly staleMinutes?: number
  readonly audiences: Audiences
  readonly approvals: ApprovalRules
  readonly slack: SlackPlaces | null
}
