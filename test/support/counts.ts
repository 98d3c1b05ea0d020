/** How many tests passed, failed and were skipped, over all stages of a run. */
import type { TestsStream } from 'node:test'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const emptyCounts: Counts = { passed: 0, failed: 0, skipped: 0 }

export function sum(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

/** Counts single tests, not their suites; a file that breaks outside of its tests counts as one failure. */
export function toldIn(stream: TestsStream): () => Counts {
  let { passed, failed, skipped } = emptyCounts
  stream.on('test:pass', ({ details, skip }) => {
    if (details.type === 'suite') return
    if (skip === undefined) passed += 1
    else skipped += 1
  })
  stream.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') failed += 1
  })
  return () => ({ passed, failed, skipped })
}
