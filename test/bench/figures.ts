/** What a benchmark says, and how it is shown: medians with their spread, against a baseline of the same run. */

/** One line of the table. */
export interface Figure {
  readonly name: string
  readonly figure: string
  /** What the figure is held against, measured in the same run. */
  readonly baseline: string
  /** The ratio or the budget, in words. */
  readonly goal: string
  /** Null when the line only explains another one. */
  readonly met: boolean | null
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly n: number
}

/** Rounds of a benchmark; fewer only while one is being written. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1]
  const high = sorted[Math.floor(middle)]
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (low === undefined || high === undefined || min === undefined || max === undefined) {
    throw new Error('nothing was measured')
  }
  return { median: (low + high) / 2, min, max, n: sorted.length }
}

/** "12.3 s (11.9..12.8)". */
export function show({ median, min, max }: Spread, unit: string, digits = 2): string {
  return `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)}..${max.toFixed(digits)})`
}

/** What comes on top of a baseline: "+12.3 ms (-0.1..20.0)". */
export function showAdded(added: Spread, unit: string, digits = 2): string {
  return `${added.median < 0 ? '' : '+'}${show(added, unit, digits)}`
}

export function table(figures: readonly Figure[]): string {
  const rows = [
    ['name', 'figure', 'baseline, same run', 'ratio or budget', 'met'],
    ...figures.map(({ name, figure, baseline, goal, met }) => [name, figure, baseline, goal, words(met)]),
  ]
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map(line => `${line.trimEnd()}\n`)
    .join('')
}

function words(met: boolean | null): string {
  if (met === null) return '-'
  return met ? 'yes' : 'NO'
}

/** For whoever waits; the table alone goes to standard output. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}
