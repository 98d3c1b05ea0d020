/** Numbers and spans as people read them. */
import type { MetricUnit } from '../measurements.ts'

/** Three significant digits are what a person compares; whole numbers stay whole. */
function digits(value: number): string {
  const size = Math.abs(value)
  if (size >= 100 || Number.isInteger(value)) return String(Math.round(value))
  return String(Number(value.toPrecision(size < 1 ? 2 : 3)))
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 1_000 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${digits(value)} ${BYTE_UNITS[unit]}`
}

export function formatValue(value: number, unit: MetricUnit): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value)
    case 'percent':
      return `${digits(value)} %`
    case 'ms':
      return `${digits(value)} ms`
    case 'seconds':
      return `${digits(value)} s`
    case 'count':
      return digits(value)
  }
}

/** With its sign: "+12 %". */
export function formatChange(percent: number): string {
  const rounded = Math.round(percent)
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${Math.abs(rounded)} %`
}

/** Between two ISO times: "12 s", "3 min 5 s". */
export function formatSpan(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Evidence as it stands beside its name; the name says what a number counts (`availableBytes`, `usedPercent`, `latencyMs`). */
export function formatEvidence(name: string, value: string | number | boolean | null | readonly string[]): string {
  if (value === null) return 'not known'
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.join(', ')
  if (typeof value !== 'number') return String(value)
  const unit = EVIDENCE_UNITS.find(([ending]) => name.endsWith(ending))?.[1]
  return unit === undefined ? String(value) : formatValue(value, unit)
}

const EVIDENCE_UNITS: readonly (readonly [ending: string, unit: MetricUnit])[] = [
  ['Bytes', 'bytes'],
  ['Percent', 'percent'],
  ['Ms', 'ms'],
  ['Seconds', 'seconds'],
]
