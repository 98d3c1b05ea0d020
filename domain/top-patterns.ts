/**
 * The most frequent texts of a stream in bounded memory (Space-Saving): when the table is full the rarest entry makes
 * room and its count is inherited, so that a frequent text can never be crowded out by many rare ones.
 */
import type { LogPattern } from './facts.ts'

export interface TopPatterns {
  readonly add: (fingerprint: string) => void
  /** The most frequent ones, most frequent first; equal counts in the order of the alphabet. */
  readonly top: (size: number) => readonly LogPattern[]
}

const CAPACITY = 2_000

export function createTopPatterns(capacity: number = CAPACITY): TopPatterns {
  const counts = new Map<string, number>()

  const makeRoom = (): number => {
    let rarest: string | null = null
    let least = Number.POSITIVE_INFINITY
    for (const [text, count] of counts) {
      if (count >= least) continue
      rarest = text
      least = count
      // Nothing is rarer than one.
      if (count === 1) break
    }
    if (rarest !== null) counts.delete(rarest)
    return rarest === null ? 0 : least
  }

  return {
    add(fingerprint) {
      const known = counts.get(fingerprint)
      if (known !== undefined) counts.set(fingerprint, known + 1)
      else counts.set(detached(fingerprint), counts.size < capacity ? 1 : makeRoom() + 1)
    },
    top(size) {
      return [...counts]
        .map(([fingerprint, count]) => ({ fingerprint, count }))
        .toSorted((a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1))
        .slice(0, size)
    },
  }
}

/** A part of a string keeps the whole alive in V8; what is kept for long must not hold on to a megabyte of log. */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}
