/** Anybody who reaches Temporal can send anything; what has not even the shape of a message would stop the workflow. */
import type { AlertBatch } from '../../domain/alerts/alert.ts'
import type { SilenceOrder } from '../../domain/alerts/silence.ts'

export function isBatch(value: unknown): value is AlertBatch {
  if (!isRecord(value)) return false
  const { id, cause, at, alerts, count, truncated, group, over, isOver } = value
  return (
    areTexts(id, cause) &&
    isTime(at) &&
    Array.isArray(alerts) &&
    alerts.every(isAlert) &&
    Number.isInteger(count) &&
    Number.isInteger(truncated) &&
    (group === undefined || areTexts(group)) &&
    (over === undefined || (Array.isArray(over) && areTexts(...over))) &&
    (isOver === undefined || typeof isOver === 'boolean')
  )
}

export function isSilenceOrder(value: unknown): value is SilenceOrder {
  if (!isRecord(value)) return false
  const { id, until, by, reason } = value
  return areTexts(id, by, reason) && (until === null || isTime(until))
}

function isAlert(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { fingerprint, name, level, state, startsAt, endsAt, summary, metric } = value
  return (
    areTexts(fingerprint, name, level, state, summary, metric) &&
    isTime(startsAt) &&
    (endsAt === null || isTime(endsAt))
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every(value => typeof value === 'string')
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}
