/**
 * A cause that comes and goes is told once, then counted, then told once more when it is calm. Its incident still hears of
 * the alerts that do not come and go themselves, because another host that goes down is no noise, and of each critical one
 * that fires, because the incident may be over. What is hidden from it meanwhile, it learns within the window.
 */
import type { Alert } from './alert.ts'
import type { AlertChanges } from './changes.ts'
import type { AlertStep } from './effects.ts'
import type { AlertState, Flapping, KnownAlert } from './state.ts'

/** So many changes of one cause within the window, and people would stop reading. */
export const FLAP_CHANGES = 6
export const FLAP_WINDOW_MS = 15 * 60_000

/** So many beginnings of one alert within the window: with its ends, as many changes. */
const OWN_FIRINGS = FLAP_CHANGES / 2

/** While it flaps, steady alerts are told together: hundreds of hosts that go down one by one are still one cause. */
const TOGETHER_MS = 30_000
const OWED = 50

/** Notes a change, and tells people once when there are too many of them. */
export function afterChange(state: AlertState, now: string): AlertStep {
  const recent = state.changes.filter(at => Date.parse(now) - Date.parse(at) < FLAP_WINDOW_MS)
  const changes = [...recent, now].slice(-FLAP_CHANGES)
  const changed = { ...state, changes }
  if (state.flapping !== null || changes.length < FLAP_CHANGES) return { state: changed, effects: [] }
  const flapping = { ...changed, flapping: { untold: 0 } }
  if (state.silence !== null) return { state: flapping, effects: [] }
  const minutes = FLAP_WINDOW_MS / 60_000
  const text = `${state.cause} comes and goes (${FLAP_CHANGES} changes in ${minutes} minutes): further changes are counted and not posted until it has been calm for ${minutes} minutes. Alerts that are new still reach its incident.`
  return { state: flapping, effects: [{ kind: 'post-ops', key: `${state.cause}/${now}/flapping`, text }] }
}

export function untold(state: AlertState): AlertState {
  const { flapping } = state
  return flapping === null ? state : { ...state, flapping: { ...flapping, untold: flapping.untold + 1 } }
}

/** What decides how much of a flapping cause its incident hears. */
export interface Hearing {
  readonly now: string
  readonly tellsCritical: boolean
}

/** What of the news its incident hears at once: what does not come and go itself, and what is critical and fires. */
export function steady(
  state: AlertState,
  { fired, resolved }: AlertChanges,
  { now, tellsCritical }: Hearing,
): AlertChanges {
  const recent = state.firings.filter(({ at }) => Date.parse(now) - Date.parse(at) < FLAP_WINDOW_MS)
  const isSteady = (alert: Alert) =>
    recent.filter(({ fingerprint }) => fingerprint === alert.fingerprint).length < OWN_FIRINGS
  const isUrgent = ({ level }: Alert) => tellsCritical && level === 'critical'
  return { fired: fired.filter(alert => isUrgent(alert) || isSteady(alert)), resolved: resolved.filter(isSteady) }
}

/** A change that its incident is not told of. */
export function hide(state: AlertState, { now, tellsCritical }: Hearing): AlertState {
  const counted = untold(state)
  if (!tellsCritical) return counted
  return withFlapping(counted, { hiddenSince: state.flapping?.hiddenSince ?? now })
}

/** When the incident is told how all alerts are, ISO: what it knows may be wrong for so long. Null when it knows. */
export function hiddenUntil({ flapping, hasIncident }: AlertState): string | null {
  if (flapping?.hiddenSince === undefined || !hasIncident) return null
  return new Date(Date.parse(flapping.hiddenSince) + FLAP_WINDOW_MS).toISOString()
}

/** The incident is told how all alerts are. */
export function shown(state: AlertState): AlertState {
  if (state.flapping === null) return state
  const { hiddenSince: _, ...flapping } = state.flapping
  return { ...state, flapping }
}

/** When the incident may be told of steady alerts again, ISO; null when nothing is owed to it. */
export function owedAt({ flapping, hasIncident }: AlertState): string | null {
  if (flapping?.toldAt === undefined || !hasIncident || (flapping.owed ?? []).length === 0) return null
  return new Date(Date.parse(flapping.toldAt) + TOGETHER_MS).toISOString()
}

/** Whether the incident was told so lately that it is told of these alerts later, together with others. */
export function isTooSoon({ flapping }: AlertState, now: string): boolean {
  return flapping?.toldAt !== undefined && Date.parse(now) - Date.parse(flapping.toldAt) < TOGETHER_MS
}

export function owe(state: AlertState, { fired, resolved }: AlertChanges): AlertState {
  const owed = [...(state.flapping?.owed ?? []), ...[...fired, ...resolved].map(({ fingerprint }) => fingerprint)]
  return withFlapping(state, { owed: [...new Set(owed)].slice(-OWED) })
}

/** What the incident is owed, as it is now. */
export function owedNews({ flapping, alerts }: AlertState): AlertChanges {
  const owed = alerts.filter(({ fingerprint }) => flapping?.owed?.includes(fingerprint))
  return {
    fired: owed.filter(({ state, expectedUntil }) => state === 'firing' && expectedUntil === null),
    resolved: owed.filter(({ state }) => state === 'resolved'),
  }
}

/** Ends that its incident may not have heard of yet. */
export function untoldEnds({ flapping, alerts }: AlertState): readonly KnownAlert[] {
  return flapping === null ? [] : alerts.filter(({ state }) => state === 'resolved')
}

/** Nothing is owed any more: it is being told, or there is nobody to tell. */
export function forgiven(state: AlertState): AlertState {
  return withFlapping(state, { owed: [] })
}

/** The incident knows of everything that it was owed. */
export function paid(state: AlertState, now: string): AlertState {
  return withFlapping(state, { toldAt: now, owed: [] })
}

function withFlapping(state: AlertState, changes: Partial<Flapping>): AlertState {
  return state.flapping === null ? state : { ...state, flapping: { ...state.flapping, ...changes } }
}

/** When it will have been calm for the whole window, ISO; null while it does not flap. */
export function calmAt(state: AlertState): string | null {
  const last = state.changes.at(-1)
  if (state.flapping === null || last === undefined) return null
  return new Date(Date.parse(last) + FLAP_WINDOW_MS).toISOString()
}

export function isCalm(state: AlertState, now: string): boolean {
  const at = calmAt(state)
  return at !== null && Date.parse(at) <= Date.parse(now)
}
