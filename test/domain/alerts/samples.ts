/** Alerts, deliveries and contexts for tests of the rules, each a whole thing but for what a test changes. */
import type { Alert, AlertBatch } from '../../../domain/alerts/alert.ts'
import type { AlertContext } from '../../../domain/alerts/rules.ts'

/** A Monday. */
export const MONDAY = '2026-11-23T10:00:00.000Z'

export function at(minutes: number, from = MONDAY): string {
  return new Date(Date.parse(from) + minutes * 60_000).toISOString()
}

export function alert(changes: Partial<Alert> = {}): Alert {
  return {
    fingerprint: 'f1',
    name: 'ServiceDown',
    level: 'critical',
    service: 'opencode-acp',
    metric: 'availability',
    category: 'availability',
    manualId: 'A1.12c',
    instance: 'alpha',
    state: 'firing',
    startsAt: MONDAY,
    endsAt: null,
    summary: 'OpenCode ACP is down on alpha',
    description: 'alpha has been down for 1 minute',
    ...changes,
  }
}

export const warning = (changes: Partial<Alert> = {}) =>
  alert({
    name: 'DiskSpaceLow',
    level: 'warning',
    metric: 'disk',
    summary: 'Disk filling on alpha /var',
    description: '/var is 90% full',
    ...changes,
  })

export const over = (one: Alert, endsAt: string): Alert => ({ ...one, state: 'resolved', endsAt })

export function batch(alerts: readonly Alert[], time: string, changes: Partial<AlertBatch> = {}): AlertBatch {
  const [first = alert()] = alerts
  const cause = `${first.service}/${first.metric}`
  const id = `${time}/${alerts.map(({ fingerprint, state }) => `${fingerprint}-${state}`).join()}`
  return { id, cause, at: time, alerts, count: alerts.length, truncated: 0, ...changes }
}

export function context(now: string, changes: Partial<AlertContext> = {}): AlertContext {
  return {
    now,
    timezone: 'UTC',
    holidays: [],
    restarts: [],
    tellsSteady: true,
    tellsCritical: true,
    weighsWarnings: true,
    ...changes,
  }
}
