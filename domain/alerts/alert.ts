/** Alerts as ops sees them, whatever Alertmanager sent (A1, A2). */
import type { Category } from '../incident/severity.ts'

export type AlertLevel = 'critical' | 'warning' | 'info'

export interface Alert {
  readonly fingerprint: string
  readonly name: string
  readonly level: AlertLevel
  readonly service: string
  readonly metric: string
  readonly category: Category
  readonly manualId: string | null
  readonly instance: string | null
  readonly state: 'firing' | 'resolved'
  /** ISO. */
  readonly startsAt: string
  /** Of one that fires: when it ends without a word; null for all that somebody else ends. */
  readonly endsAt: string | null
  readonly summary: string
  readonly description: string
}

/** What one delivery says about one cause. A flood is cut to a sample; `count` says how many there were. */
export interface AlertBatch {
  /** Made from the delivery, so that a repeated one is recognised. */
  readonly id: string
  readonly cause: string
  readonly at: string
  readonly alerts: readonly Alert[]
  readonly count: number
  /** Alerts that Alertmanager or the door left out. */
  readonly truncated: number
  /** Alertmanager's group, in short: what belongs together there. */
  readonly group?: string
  /** Fingerprints beyond the sample that have stopped: nobody tells of them again. */
  readonly over?: readonly string[]
  /** The delivery names its whole group, and nothing of it fires. */
  readonly isOver?: boolean
}

/** Service and metric, not the whole group key: a warning that turns critical is the same trouble. */
export function causeOf(alert: Pick<Alert, 'service' | 'metric'>): string {
  return `${alert.service}/${alert.metric}`
}
