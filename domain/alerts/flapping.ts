/** An alert that comes and goes is told once, then counted, then told once more when it is calm. */
import type { AlertStep } from './effects.ts'
import type { AlertState } from './state.ts'

/** So many changes of one cause within the window, and people would stop reading. */
export const FLAP_CHANGES = 6
export const FLAP_WINDOW_MS = 15 * 60_000

/** Notes a change, and tells people once when there are too many of them. */
export function afterChange(state: AlertState, now: string): AlertStep {
  const recent = state.changes.filter(at => Date.parse(now) - Date.parse(at) < FLAP_WINDOW_MS)
  const changes = [...recent, now].slice(-FLAP_CHANGES)
  const changed = { ...state, changes }
  if (state.flapping !== null || changes.length < FLAP_CHANGES) return { state: changed, effects: [] }
  const flapping = { ...changed, flapping: { untold: 0 } }
  if (state.silence !== null) return { state: flapping, effects: [] }
  const minutes = FLAP_WINDOW_MS / 60_000
  const text = `${state.cause} comes and goes (${FLAP_CHANGES} changes in ${minutes} minutes): further changes are counted and not posted until it has been calm for ${minutes} minutes.`
  return { state: flapping, effects: [{ kind: 'post-ops', key: `${state.cause}/${now}/flapping`, text }] }
}

export function untold(state: AlertState): AlertState {
  return state.flapping === null ? state : { ...state, flapping: { untold: state.flapping.untold + 1 } }
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
