/** The last lines that a person wants to see: errors, warnings and connection events, redacted and bounded. */
import { redact } from './redact.ts'
import { detached } from './top-patterns.ts'

export interface ExcerptLine {
  /** ISO time. */
  readonly at: string
  readonly line: string
}

export interface LogExcerpt {
  readonly errors: readonly ExcerptLine[]
  readonly warnings: readonly ExcerptLine[]
  readonly connections: readonly ExcerptLine[]
}

export type ExcerptKind = keyof LogExcerpt

/** D1.3a-c. */
const SIZES: Readonly<Record<ExcerptKind, number>> = { errors: 20, warnings: 10, connections: 5 }

/** Of a line together with all that continues it. */
const MAX_LENGTH = 4_000

interface Kept {
  readonly at: number
  readonly line: string
  more: string
}

export function createLogExcerpt() {
  const kept: Readonly<Record<ExcerptKind, Kept[]>> = { errors: [], warnings: [], connections: [] }
  let open: Kept | null = null

  const read = (kind: ExcerptKind): readonly ExcerptLine[] =>
    kept[kind]
      .toSorted((a, b) => a.at - b.at)
      // A secret that is cut may no longer look like one: first redacted, then cut.
      .map(({ at, line, more }) => ({ at: new Date(at).toISOString(), line: redact(line + more).slice(0, MAX_LENGTH) }))

  return {
    add(kind: ExcerptKind, at: number, line: string): void {
      open = { at, line: detached(line), more: '' }
      kept[kind].push(open)
      if (kept[kind].length > SIZES[kind]) kept[kind].shift()
    },
    /** The record that follows is not kept, so neither is what continues it. */
    close(): void {
      open = null
    },
    continue(line: string): void {
      // Whole lines only, until there are more than will be shown.
      if (open !== null && open.more.length < MAX_LENGTH) open.more = detached(`${open.more}\n${line}`)
    },
    read: (): LogExcerpt => ({ errors: read('errors'), warnings: read('warnings'), connections: read('connections') }),
  }
}
