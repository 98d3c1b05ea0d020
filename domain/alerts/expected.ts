/** Alerts that our own planned restarts cause (T88): they open nothing unless they outlast a grace. */
import { ALL_HOSTS } from '../ids.ts'
import type { Alert } from './alert.ts'

export interface PlannedRestart {
  /** Host, or all of them. */
  readonly target: string
  readonly at: string
  readonly reason: string
}

/** A rule's own `for` and the averages that it looks at make an alert come minutes after its cause. */
export const RESTART_EXPLAINS_MS = 10 * 60_000

/** The rules of availability look at the moment and wait a minute: a service that stops later has another reason. */
const RESTART_EXPLAINS_ABSENCE_MS = 2 * 60_000

/** Longer than any restart of ours takes, shorter than anybody wants to be without a service. */
export const EXPECTED_GRACE_MS = 5 * 60_000

/** What a restart can bring about. It fills no disk. */
const METRICS = new Set([
  'availability',
  'response_time',
  'error_rate',
  'tool_failures',
  'sessions',
  'packet_loss',
  'restarts',
])

/** Until when the alert is of our own doing; null when no restart, noted shortly before or after its beginning, explains it. */
export function expectedUntil(alert: Alert, restarts: readonly PlannedRestart[]): string | null {
  if (!METRICS.has(alert.metric)) return null
  const began = Date.parse(alert.startsAt)
  const reach = alert.metric === 'availability' ? RESTART_EXPLAINS_ABSENCE_MS : RESTART_EXPLAINS_MS
  const times = restarts
    .filter(({ target }) => target === ALL_HOSTS || alert.instance === null || target === alert.instance)
    .map(({ at }) => Date.parse(at))
    .filter(at => Math.abs(began - at) <= reach)
  return times.length === 0 ? null : new Date(began + EXPECTED_GRACE_MS).toISOString()
}
