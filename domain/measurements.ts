/** Numbers that are kept from run to run, and what they look like beside the last seven days. */

export type MetricUnit = 'ms' | 'percent' | 'bytes' | 'count' | 'seconds'

export interface Measurement {
  readonly target: string
  /** For example `acp.handshake.p95`. */
  readonly metric: string
  readonly unit: MetricUnit
  readonly value: number
  /** Samples behind the value. */
  readonly n: number
}

/** One kept value: the first run of a local day speaks for that day. */
export interface DailyValue {
  readonly target: string
  readonly metric: string
  /** Local day, YYYY-MM-DD. */
  readonly day: string
  readonly value: number
}

export interface TrendRow extends Measurement {
  /** Values of the days before, oldest first. */
  readonly days: readonly DailyValue[]
  readonly median: number | null
  /** Against the median, per cent; null without a median or with a median of 0. */
  readonly changePercent: number | null
}
