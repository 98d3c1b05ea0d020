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

/** The week behind a metric, reduced to what a judgement needs; the single days stay in the ledger. */
export interface WeekMedian {
  readonly target: string
  readonly metric: string
  readonly median: number
  /** Days with a value, of the last seven. */
  readonly days: number
}

export interface TrendRow extends Measurement {
  readonly median: number | null
  readonly days: number
  /** Against the median, per cent; null without a median or with a median of 0. */
  readonly changePercent: number | null
}

/** A trend with the single days behind it, for a plot. */
export interface PlottedTrend extends TrendRow {
  /** Values of the days before, oldest first. */
  readonly week: readonly DailyValue[]
}
