/** What a delivery says that was not known: alerts that began to fire, and alerts that stopped. */
import type { Alert, AlertBatch } from './alert.ts'
import { type AlertState, firing, type KnownAlert, stoppedAt } from './state.ts'

export interface AlertChanges {
  readonly fired: readonly Alert[]
  readonly resolved: readonly Alert[]
}

const KEPT_ALERTS = 50
/** So many of them, and the oldest are let go, all at once: its incident hears of it, but not with each alert of a flood. */
const MOST_ALERTS = 100
const KEPT_DELIVERIES = 20

/** Alertmanager tries a delivery again for about a minute; later the same content is news of the present. */
const REPEAT_MS = 120_000

/** The same delivery once more, because its sender did not learn that it had arrived. */
export function isRepeat(state: AlertState, batch: AlertBatch): boolean {
  return state.seen.some(({ id, at }) => id === batch.id && Date.parse(batch.at) - Date.parse(at) < REPEAT_MS)
}

/** Alertmanager tells the whole group again whenever one of it changes, and every few hours: most of it is known. */
export function changesIn(state: AlertState, batch: AlertBatch): AlertChanges {
  const known = new Map(state.alerts.map(alert => [alert.fingerprint, alert]))
  const fired: Alert[] = []
  const resolved: Alert[] = []
  for (const alert of toldOf(state, batch)) {
    const before = known.get(alert.fingerprint)
    if (alert.state === 'resolved') {
      if (before?.state === 'firing') resolved.push(alert)
    } else if (before === undefined || before.state === 'resolved' || isLater(alert.startsAt, before.startsAt)) {
      fired.push(alert)
    }
  }
  return { fired, resolved }
}

export function hasChanges(changes: AlertChanges): boolean {
  return sizeOf(changes) > 0
}

export function sizeOf({ fired, resolved }: AlertChanges): number {
  return fired.length + resolved.length
}

/** Each alert once, as the later ones say. */
export function together(earlier: AlertChanges, later: AlertChanges): AlertChanges {
  const named = new Set([...later.fired, ...later.resolved].map(({ fingerprint }) => fingerprint))
  const isLeft = ({ fingerprint }: Alert) => !named.has(fingerprint)
  return {
    fired: [...earlier.fired.filter(isLeft), ...later.fired],
    resolved: [...earlier.resolved.filter(isLeft), ...later.resolved],
  }
}

export interface Absorbing {
  /** Until when an alert is of our own doing. */
  readonly expected: (alert: Alert) => string | null
  /** Whether what is let go is told; asked only when there is more than is kept. */
  readonly tellsLetGo: () => boolean
}

/** The state with the delivery counted and its alerts as they are now. */
export function absorb(state: AlertState, batch: AlertBatch, { expected, tellsLetGo }: Absorbing): AlertState {
  const { fired } = changesIn(state, batch)
  const { group } = batch
  const known = new Map(state.alerts.map(alert => [alert.fingerprint, alert]))
  for (const alert of toldOf(state, batch)) {
    const before = known.get(alert.fingerprint)
    // Of one that nobody heard firing, the end is no news.
    if (before === undefined && alert.state === 'resolved') continue
    const expectedUntil = fired.includes(alert) ? expected(alert) : (before?.expectedUntil ?? null)
    // Deleted first, so that the newest word stands last.
    known.delete(alert.fingerprint)
    known.set(alert.fingerprint, {
      ...alert,
      expectedUntil: alert.state === 'firing' ? expectedUntil : null,
      ...(group === undefined ? {} : { group }),
    })
  }
  return {
    ...state,
    alerts: newest([...known.values()], tellsLetGo),
    count: state.count + batch.count,
    truncated: state.truncated + batch.truncated,
    cutOff: batch.truncated,
    heardAt: batch.at,
    seen: [...state.seen, { id: batch.id, at: batch.at }].slice(-KEPT_DELIVERIES),
  }
}

function newest(alerts: readonly KnownAlert[], tellsLetGo: () => boolean): readonly KnownAlert[] {
  if (alerts.length <= KEPT_ALERTS || (tellsLetGo() && alerts.length <= MOST_ALERTS)) return alerts
  const spare = alerts.length - KEPT_ALERTS
  const resolved = alerts.filter(alert => alert.state === 'resolved').slice(0, spare)
  return alerts.filter(alert => !resolved.includes(alert)).slice(-KEPT_ALERTS)
}

/** All that the delivery says, also of alerts that it only counts: which of the known ones have stopped. */
function toldOf(state: AlertState, { alerts, at, group, over = [], isOver = false }: AlertBatch): readonly Alert[] {
  const named = new Set(alerts.map(({ fingerprint }) => fingerprint))
  const stopped = new Set(over)
  const ended = firing(state)
    .filter(({ fingerprint }) => !named.has(fingerprint))
    .filter(known => stopped.has(known.fingerprint) || (isOver && group !== undefined && known.group === group))
  return [...newestOfEach(alerts), ...ended.map(known => stoppedAt(known, at))]
}

/** One delivery may hold an alert's end and its next beginning. */
function newestOfEach(alerts: readonly Alert[]): readonly Alert[] {
  const newestByPrint = new Map<string, Alert>()
  for (const alert of alerts) {
    const other = newestByPrint.get(alert.fingerprint)
    if (other === undefined || isLater(alert.startsAt, other.startsAt)) newestByPrint.set(alert.fingerprint, alert)
  }
  return [...newestByPrint.values()]
}

function isLater(one: string, other: string): boolean {
  return Date.parse(one) > Date.parse(other)
}
