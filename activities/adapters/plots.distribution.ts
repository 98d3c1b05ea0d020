/** How long the handshakes of one host took, as a Vega specification. */
import type { Spec } from 'vega'
import { percentiles } from '../../domain/percentiles.ts'
import { LINE, SOFT, TEXT } from './plots.colours.ts'

const COLUMNS = 36
const PLOT_HEIGHT = 84

/** Every handshake is one dot, stacked where several took as long; two lines mark p50 and p95. */
export function distribution(samplesMs: readonly number[], slowest: number): Spec {
  const upTo = niceMaximum(slowest)
  const counts = new Map<number, number>()
  const dots = samplesMs.map(sample => {
    const column = Math.min(COLUMNS - 1, Math.floor((sample / upTo) * COLUMNS))
    const level = counts.get(column) ?? 0
    counts.set(column, level + 1)
    return { x: ((column + 0.5) * upTo) / COLUMNS, level: level + 0.5 }
  })
  const levels = Math.max(6, ...counts.values())
  const found = percentiles(samplesMs)
  const marks = found === null ? [] : [mark('p50', found.p50, upTo), mark('p95', found.p95, upTo)]
  const diameter = Math.min(288 / COLUMNS, PLOT_HEIGHT / levels) * 0.86
  return {
    width: 288,
    height: PLOT_HEIGHT,
    padding: { left: 12, right: 16, top: 22, bottom: 4 },
    data: [
      { name: 'dots', values: dots },
      { name: 'marks', values: marks },
    ],
    scales: [
      { name: 'x', type: 'linear', domain: [0, upTo], range: 'width' },
      { name: 'y', type: 'linear', domain: [0, levels], range: 'height' },
    ],
    axes: [
      {
        orient: 'bottom',
        scale: 'x',
        tickCount: 5,
        aria: false,
        domainColor: SOFT,
        tickColor: SOFT,
        labelColor: TEXT,
        titleColor: TEXT,
        labelFont: 'inherit',
        titleFont: 'inherit',
        labelFontSize: 11,
        titleFontSize: 11,
        titleFontWeight: 'normal',
        title: 'milliseconds',
      },
    ],
    marks: [
      {
        type: 'rule',
        from: { data: 'marks' },
        aria: false,
        encode: {
          enter: {
            x: { scale: 'x', field: 'x' },
            y: { value: -4 },
            y2: { signal: 'height' },
            stroke: { value: SOFT },
            strokeDash: { value: [3, 3] },
          },
        },
      },
      {
        type: 'symbol',
        from: { data: 'dots' },
        aria: false,
        encode: {
          enter: {
            x: { scale: 'x', field: 'x' },
            y: { scale: 'y', field: 'level' },
            size: { value: diameter * diameter },
            fill: { value: LINE },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'marks' },
        aria: false,
        encode: {
          enter: {
            x: { scale: 'x', field: 'x' },
            y: { value: -8 },
            text: { field: 'name' },
            align: { field: 'align' },
            fill: { value: TEXT },
            font: { value: 'inherit' },
            fontSize: { value: 11 },
          },
        },
      },
    ],
  }
}

function mark(name: 'p50' | 'p95', x: number, upTo: number) {
  // Close together they would be written over each other, so each label stands on its own side of its line.
  return { name, x, align: x < upTo * 0.08 ? 'left' : x > upTo * 0.92 ? 'right' : name === 'p50' ? 'right' : 'left' }
}

/** 1, 2, 2.5 or 5 times a power of ten, not below the given value. */
function niceMaximum(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 1.5, 2, 2.5, 3, 4, 5, 7.5].find(step => step * power >= value) ?? 10
  return factor * power
}
