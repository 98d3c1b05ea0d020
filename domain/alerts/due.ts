/** When the workflow of a cause has to look again, and when it may end. */
import { calmAt, hiddenUntil, owedAt } from './flapping.ts'
import { type AlertState, firing } from './state.ts'

/** As long as firings count for a trend (A2.3). */
const FORGET_MS = 7 * 86_400_000

/** The next time at which `elapse` has something to do, or the cause may be forgotten; null for never by itself. */
export function nextDue(state: AlertState): string | null {
  const turns = firing(state)
    .flatMap(({ expectedUntil, endsAt }) => [expectedUntil, endsAt])
    .filter(time => time !== null)
  const isSilent = state.silence !== null
  const times = [
    state.silence?.until ?? null,
    // Under a silence a review waits for its end.
    isSilent ? null : (state.ticket?.reviewAt ?? null),
    isSilent ? null : owedAt(state),
    isSilent ? null : hiddenUntil(state),
    calmAt(state),
    forgetAt(state),
    ...turns,
  ]
  const [first] = times.filter(time => time !== null).toSorted((a, b) => Date.parse(a) - Date.parse(b))
  return first ?? null
}

/** Nothing fires, nothing waits, and nothing counts for a trend any more: the next alert starts anew. */
export function mayForget(state: AlertState, now: string): boolean {
  const at = forgetAt(state)
  return at !== null && Date.parse(at) <= Date.parse(now)
}

function forgetAt(state: AlertState): string | null {
  const isBusy = firing(state).length > 0 || state.ticket !== null || state.silence !== null || state.flapping !== null
  return isBusy ? null : new Date(Date.parse(state.heardAt) + FORGET_MS).toISOString()
}
