/**
 * The alert that always fires. As long as it arrives, the whole way from the rules to here is open; when it stays away,
 * silence does not mean that all is well. That is an incident of its own.
 */
import type { Alert } from './alert.ts'
import type { AlertEffect } from './effects.ts'
import { WATCHDOG_CAUSE } from './state.ts'
import { alertsMessage, declarationOf } from './words.ts'

export interface WatchdogState {
  readonly lastSeenAt: string
  /** Since when nothing arrives; null while all is well. */
  readonly blindSince: string | null
  /** When the incident was last told of it; absent before the first time. */
  readonly toldAt?: string
}

export interface WatchdogStep {
  readonly state: WatchdogState
  readonly effects: readonly AlertEffect[]
}

/** Alertmanager repeats it every minute. */
export const BLIND_AFTER_MS = 5 * 60_000

/** While it is blind: people may have ended the incident, and nobody else would tell that it goes on. */
const AGAIN_MS = 60 * 60_000

/** Whoever looks this much too late was away himself, and what was sent meanwhile may not have been taken in yet. */
const AWAY_MS = 60_000

export function watchdogSeen(state: WatchdogState, at: string): WatchdogStep {
  const seen = { lastSeenAt: at, blindSince: null }
  if (state.blindSince === null) return { state: seen, effects: [] }
  const alert = blindness(state.blindSince, at)
  const id = `${WATCHDOG_CAUSE}/${state.blindSince}/over`
  return { state: seen, effects: [{ kind: 'tell-incident', message: alertsMessage(id, at, [alert]) }] }
}

export function watchdogLook(state: WatchdogState, now: string): WatchdogStep {
  const late = Date.parse(now) - Date.parse(lookAt(state))
  if (late < 0) return { state, effects: [] }
  if (state.blindSince !== null) return blind(state, state.blindSince, `${state.blindSince}/${now}`, now)
  if (late > AWAY_MS) return { state: { ...state, lastSeenAt: now }, effects: [] }
  return blind(state, state.lastSeenAt, state.lastSeenAt, now)
}

/** Opens the incident, or tells it again; an open one that knows takes no note. */
function blind(state: WatchdogState, since: string, word: string, now: string): WatchdogStep {
  const id = `${WATCHDOG_CAUSE}/${word}`
  const alert = blindness(since, null)
  const declaration = declarationOf({
    id,
    cause: WATCHDOG_CAUSE,
    // Nothing is known to be down, and nothing would be known if it were.
    severity: 'high',
    startedAt: now,
    title: alert.summary,
    alerts: [alert],
  })
  return {
    state: { ...state, blindSince: since, toldAt: now },
    effects: [{ kind: 'open-incident', declaration, message: alertsMessage(id, now, [alert], { again: true }) }],
  }
}

/** When to look next, ISO: whether it is blind, or whether it still is. */
export function lookAt({ lastSeenAt, blindSince, toldAt }: WatchdogState): string {
  const time =
    blindSince === null ? Date.parse(lastSeenAt) + BLIND_AFTER_MS : Date.parse(toldAt ?? blindSince) + AGAIN_MS
  return new Date(time).toISOString()
}

function blindness(since: string, endsAt: string | null): Alert {
  return {
    fingerprint: 'watchdog',
    name: 'Watchdog',
    level: 'critical',
    service: 'ops',
    metric: 'watchdog',
    category: 'availability',
    manualId: 'A2',
    instance: null,
    state: endsAt === null ? 'firing' : 'resolved',
    startsAt: since,
    endsAt,
    summary: `Monitoring is blind: the watchdog alert has not arrived for ${BLIND_AFTER_MS / 60_000} minutes`,
    description: 'Prometheus, Alertmanager or the way to the alert door is down. Look at them in this order.',
  }
}
