/**
 * Durations of a day in bounded memory: exact up to a million, then counted in buckets that are one per cent wide, so
 * that a percentile is off by half a per cent at most. Mean and maximum stay exact.
 */
import type { Percentiles } from './facts.ts'
import { percentilesOfSorted } from './percentiles.ts'

export interface Durations {
  readonly add: (milliseconds: number) => void
  /** Null for none. */
  readonly percentiles: () => Percentiles | null
}

const EXACT_UP_TO = 1_000_000
const GROWTH = Math.log(1.01)
/** The first bucket ends at a microsecond, the last one after 10^10 ms, which is 115 days. */
const SMALLEST = 0.001
const BUCKETS = Math.ceil(Math.log(1e10 / SMALLEST) / GROWTH) + 1

export function createDurations(exactUpTo: number = EXACT_UP_TO): Durations {
  let values = new Float64Array(Math.min(1_024, exactUpTo))
  let buckets: Float64Array | null = null
  let n = 0
  let sum = 0
  let max = 0

  const keep = (value: number): void => {
    if (n === values.length) {
      const larger = new Float64Array(Math.min(exactUpTo, values.length * 2))
      larger.set(values)
      values = larger
    }
    values[n] = value
  }

  return {
    add(value) {
      if (buckets === null && n === exactUpTo) {
        buckets = new Float64Array(BUCKETS)
        for (const earlier of values) count(buckets, earlier)
        values = new Float64Array(0)
      }
      if (buckets === null) keep(value)
      else count(buckets, value)
      n += 1
      sum += value
      max = Math.max(max, value)
    },
    percentiles() {
      if (n === 0) return null
      if (buckets === null) return { ...percentilesOfSorted(values.slice(0, n).sort()), mean: sum / n }
      const full = buckets
      const at = (percent: number): number => Math.min(max, valueAtRank(full, Math.ceil((percent / 100) * n)))
      return { n, mean: sum / n, p50: at(50), p90: at(90), p95: at(95), p99: at(99), max }
    },
  }
}

function count(buckets: Float64Array, value: number): void {
  const index = value <= SMALLEST ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(value / SMALLEST) / GROWTH))
  buckets[index] = (buckets[index] ?? 0) + 1
}

function valueAtRank(buckets: Float64Array, rank: number): number {
  let seen = 0
  for (let index = 0; index < buckets.length; index += 1) {
    seen += buckets[index] ?? 0
    // The middle of the bucket, so that the error is the same on both sides.
    if (seen >= rank) return SMALLEST * Math.exp((index - 0.5) * GROWTH)
  }
  return 0
}
