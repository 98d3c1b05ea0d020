/** One delivery of Alertmanager as batches, one for each cause. */
import { createHash } from 'node:crypto'
import { type Alert, type AlertBatch, causeOf } from '../../domain/alerts/alert.ts'
import { alertFromLabels } from '../../domain/alerts/labels.ts'
import { LEVELS } from '../../domain/alerts/state.ts'
import type { AlertmanagerPayload } from './schema.ts'

/** Of one cause; more would only fill histories. */
const SAMPLE = 20
/** Of those that have stopped beyond the sample: some 20 kB of fingerprints. */
const OVER = 1_000

/** The same payload makes the same ids. `at` is the time at the door. */
export function batchesOf(payload: AlertmanagerPayload, at: string): readonly AlertBatch[] {
  const alerts = payload.alerts.map(({ status, endsAt, ...alert }) =>
    alertFromLabels({ ...alert, state: status, endsAt: status === 'resolved' ? (endsAt ?? at) : null }),
  )
  const group = short(payload.groupKey)
  const isOver = payload.truncatedAlerts === 0 && alerts.every(({ state }) => state === 'resolved')
  const groups = [...Map.groupBy(alerts, causeOf)].toSorted(([, a], [, b]) => b.length - a.length)
  return groups.map(([cause, members], index) => {
    const sorted = members.toSorted(byWeight)
    const sample = sorted.slice(0, SAMPLE)
    // Alertmanager does not say of what it left alerts out; most likely of that of which there are most.
    const leftOut = index === 0 ? payload.truncatedAlerts : 0
    return {
      id: batchId(payload.groupKey, cause, members, leftOut),
      cause,
      at,
      alerts: sample,
      count: members.length + leftOut,
      truncated: members.length - sample.length + leftOut,
      group,
      over: overBeyond(sorted),
      isOver,
    }
  })
}

/** What fires first, and of it the worst; among equals always the same ones, so that a repetition brings no others. */
function byWeight(a: Alert, b: Alert): number {
  const rank = ({ state, level }: Alert) => (state === 'firing' ? 0 : LEVELS.length) + LEVELS.indexOf(level)
  return rank(a) - rank(b) || (a.fingerprint < b.fingerprint ? -1 : 1)
}

/** Alertmanager tells of an end once, so it is passed on also where the alert itself is only counted. */
function overBeyond(sorted: readonly Alert[]): readonly string[] {
  const beyond = sorted.slice(SAMPLE).filter(({ state }) => state === 'resolved')
  return beyond.slice(0, OVER).map(({ fingerprint }) => fingerprint)
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20)
}

function batchId(groupKey: string, cause: string, alerts: readonly Alert[], leftOut: number): string {
  const lines = alerts.map(({ fingerprint, state, startsAt, endsAt }) =>
    [fingerprint, state, startsAt, endsAt].join(' '),
  )
  return short(JSON.stringify([groupKey, cause, leftOut, lines.toSorted()]))
}
