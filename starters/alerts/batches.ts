/** One delivery of Alertmanager as batches, one for each cause. */
import { createHash } from 'node:crypto'
import { type Alert, type AlertBatch, causeOf } from '../../domain/alerts/alert.ts'
import { alertFromLabels } from '../../domain/alerts/labels.ts'
import { LEVELS } from '../../domain/alerts/state.ts'
import type { AlertmanagerPayload } from './schema.ts'

/** Of one cause; more would only fill histories. */
const SAMPLE = 20

/** The same payload makes the same ids. `at` is the time at the door. */
export function batchesOf(payload: AlertmanagerPayload, at: string): readonly AlertBatch[] {
  const alerts = payload.alerts.map(({ status, endsAt, ...alert }) =>
    alertFromLabels({ ...alert, state: status, endsAt: status === 'resolved' ? (endsAt ?? at) : null }),
  )
  const groups = [...Map.groupBy(alerts, causeOf)].toSorted(([, a], [, b]) => b.length - a.length)
  return groups.map(([cause, members], index) => {
    const sample = members.toSorted(byWeight).slice(0, SAMPLE)
    // Alertmanager does not say of what it left alerts out; most likely of that of which there are most.
    const leftOut = index === 0 ? payload.truncatedAlerts : 0
    return {
      id: batchId(payload.groupKey, cause, members, leftOut),
      cause,
      at,
      alerts: sample,
      count: members.length + leftOut,
      truncated: members.length - sample.length + leftOut,
    }
  })
}

/** The worst first; among equals always the same ones, so that a repetition brings no others. */
function byWeight(a: Alert, b: Alert): number {
  return LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || (a.fingerprint < b.fingerprint ? -1 : 1)
}

function batchId(groupKey: string, cause: string, alerts: readonly Alert[], leftOut: number): string {
  const lines = alerts.map(({ fingerprint, state, startsAt, endsAt }) =>
    [fingerprint, state, startsAt, endsAt].join(' '),
  )
  const content = JSON.stringify([groupKey, cause, leftOut, lines.toSorted()])
  return createHash('sha256').update(content).digest('hex').slice(0, 20)
}
