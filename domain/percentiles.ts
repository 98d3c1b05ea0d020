/** Percentiles by nearest rank: sorted[ceil(p/100 n) - 1], so 1..20 has a p95 of 19 (T34). */
import type { Percentiles } from './facts.ts'

/** `percent` in (0, 100]; null for no values. */
export function nearestRank(values: readonly number[], percent: number): number | null {
  return rank(
    values.toSorted((a, b) => a - b),
    percent,
  )
}

/** The usual figures of a set of values, or null for no values. */
export function percentiles(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return { ...percentilesOfSorted(sorted), mean: values.reduce((sum, value) => sum + value, 0) / values.length }
}

/** The same for values that are in order already, such as a typed array; the mean is the caller's to know. */
export function percentilesOfSorted(sorted: ArrayLike<number>): Omit<Percentiles, 'mean'> {
  const at = (percent: number): number => rank(sorted, percent) ?? 0
  return {
    n: sorted.length,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    max: at(100),
  }
}

function rank(sorted: ArrayLike<number>, percent: number): number | null {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null
}
