/** All that is kept of one cause of alerts: the value that its workflow carries, and what is still to come in it. */
import { type Alert, type AlertLevel, causeOf } from './alert.ts'

export const LEVELS: readonly AlertLevel[] = ['critical', 'warning', 'info']

/** The always-firing alert, the alert about too many alerts, and the one about lost alerts; all are ours. */
export const WATCHDOG_CAUSE = causeOf({ service: 'ops', metric: 'watchdog' })
export const FLOOD_CAUSE = causeOf({ service: 'ops', metric: 'alert-flood' })
export const DOOR_CAUSE = causeOf({ service: 'ops', metric: 'alert-door' })

export interface KnownAlert extends Alert {
  /** Of our own doing, and opens nothing before this time; null when it is nobody's doing. */
  readonly expectedUntil: string | null
  /** Alertmanager's group that told of it; absent where the door did not say. */
  readonly group?: string
}

/** A warning that waits for somebody to look into it (A2.3). */
export interface Ticket {
  readonly openedAt: string
  /** The next business day 09:00 of the estate. */
  readonly reviewAt: string
  readonly summary: string
}

export interface Silence {
  /** ISO time. */
  readonly until: string
  readonly by: string
  readonly reason: string
}

/** A cause that changes too often to be told of each time. */
export interface Flapping {
  /** Changes that were not told. */
  readonly untold: number
  /** When its incident was last told of alerts that do not flap themselves; absent before the first time. */
  readonly toldAt?: string
  /** Fingerprints of such alerts that its incident is told of at the next occasion. */
  readonly owed?: readonly string[]
  /** Since when changes are hidden from its incident; absent while none is. */
  readonly hiddenSince?: string
}

export interface AlertState {
  readonly cause: string
  /** A hundred at most, and the newest fifty in any case; what fires stays longest. */
  readonly alerts: readonly KnownAlert[]
  /** Alerts told of since the beginning, repeated deliveries left out. */
  readonly count: number
  /** Of these, how many were cut off by Alertmanager or the door. */
  readonly truncated: number
  /** The same of the newest delivery; absent before the first one that was cut. */
  readonly cutOff?: number
  readonly heardAt: string
  /** The newest deliveries, by which a repeated one is recognised. */
  readonly seen: readonly { readonly id: string; readonly at: string }[]
  /** Each time that an alert began to fire within the last 7 days. */
  readonly firings: readonly { readonly fingerprint: string; readonly at: string }[]
  /** Times of the deliveries that changed something, for as long as they count for flapping. */
  readonly changes: readonly string[]
  readonly flapping: Flapping | null
  readonly ticket: Ticket | null
  /** An incident was opened, and nobody has told yet that it is closed. */
  readonly hasIncident: boolean
  /** When the incident was last told again what fires, without any change; absent before the first time. */
  readonly againAt?: string
  readonly silence: Silence | null
}

export function newAlertState(cause: string, now: string): AlertState {
  return {
    cause,
    alerts: [],
    count: 0,
    truncated: 0,
    heardAt: now,
    seen: [],
    firings: [],
    changes: [],
    flapping: null,
    ticket: null,
    hasIncident: false,
    silence: null,
  }
}

export function firing(state: AlertState): readonly KnownAlert[] {
  return state.alerts.filter(alert => alert.state === 'firing')
}

/** A known alert that has stopped, without a delivery that says so in full. */
export function stoppedAt(alert: KnownAlert, at: string): KnownAlert {
  return { ...alert, state: 'resolved', endsAt: at, expectedUntil: null }
}

/** What fires and is not expected: what somebody has to act on. */
export function pressing(state: AlertState): readonly KnownAlert[] {
  return firing(state).filter(alert => alert.expectedUntil === null)
}

/** How a cause stands, for people who list them. */
export type AlertPhase = 'incident' | 'ticket' | 'silenced' | 'expected' | 'firing' | 'quiet'

export function phaseOf(state: AlertState): AlertPhase {
  if (state.ticket !== null) return 'ticket'
  if (firing(state).length === 0) return 'quiet'
  if (state.hasIncident) return 'incident'
  if (state.silence !== null) return 'silenced'
  return pressing(state).length === 0 ? 'expected' : 'firing'
}
