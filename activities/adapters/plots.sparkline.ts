/** The week of one metric at a glance, as a Vega specification. */
import type { Spec } from 'vega'
import type { ReportTrend } from '../../domain/report/model.ts'
import { LINE, SOFT } from './plots.colours.ts'

const DAY_MS = 86_400_000

/** The days before as a line, today as a dot at its end, the median dashed behind them. */
export function sparkline({ week, value, median }: ReportTrend): Spec {
  const first = Date.parse(week[0]?.day ?? '')
  const points = week.map(day => ({ x: (Date.parse(day.day) - first) / DAY_MS, y: day.value }))
  const last = points.at(-1)?.x ?? 0
  // Days without a run leave a gap as wide as they are; today stands one day after the last.
  const today = { x: Math.max(last + 1, 1), y: value }
  const values = [...points, today].map(({ y }) => y)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = high === low ? 1 : 0
  return {
    width: 112,
    height: 24,
    padding: 4,
    data: [
      { name: 'points', values: [...points, today] },
      { name: 'today', values: [today] },
      { name: 'median', values: median === null ? [] : [{ y: Math.min(Math.max(median, low), high) }] },
    ],
    scales: [
      { name: 'x', type: 'linear', domain: [0, today.x], range: 'width', zero: false },
      { name: 'y', type: 'linear', domain: [low - room, high + room], range: 'height', zero: false },
    ],
    marks: [
      {
        type: 'rule',
        from: { data: 'median' },
        aria: false,
        encode: {
          enter: {
            x: { value: 0 },
            x2: { signal: 'width' },
            y: { scale: 'y', field: 'y' },
            stroke: { value: SOFT },
            strokeDash: { value: [2, 3] },
          },
        },
      },
      {
        type: 'line',
        from: { data: 'points' },
        aria: false,
        encode: {
          enter: {
            x: { scale: 'x', field: 'x' },
            y: { scale: 'y', field: 'y' },
            stroke: { value: LINE },
            strokeWidth: { value: 1.5 },
            strokeJoin: { value: 'round' },
          },
        },
      },
      {
        type: 'symbol',
        from: { data: 'today' },
        aria: false,
        encode: {
          enter: {
            x: { scale: 'x', field: 'x' },
            y: { scale: 'y', field: 'y' },
            size: { value: 36 },
            fill: { value: LINE },
          },
        },
      },
    ],
  }
}
