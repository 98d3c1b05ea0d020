/** Text from outside on its way into the state: without secrets, without what turns writing around, and not longer than it may be. */
import { redact } from '../redact.ts'

/** Long texts, such as findings of a root cause, in characters. */
export const LONG_TEXT = 4_000
export const SHORT_TEXT = 200

/** What is kept of what people say, in characters. Forms take no more than that; whoever writes more is told. */
export const LONGEST = {
  /** A line of the timeline; a note is one. */
  line: 500,
  update: 1_000,
  impact: 1_000,
  reason: 1_000,
  page: 500,
} as const

/** Redacted before it is cut, so that no half of a secret is left. Line breaks stay; other control characters go. */
export function clean(text: string, limit: number): string {
  const visible = redact(text).replaceAll(/(?!\n)\p{Cc}|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, ' ')
  const trimmed = visible.toWellFormed().trim()
  return trimmed.length <= limit ? trimmed : `${trimmed.slice(0, limit - 1).toWellFormed()}…`
}

/** The same on one line: for titles and subjects. */
export function cleanLine(text: string, limit: number): string {
  return clean(text.replaceAll(/\s+/gu, ' '), limit)
}

/** For the end of an answer: how much of each text is kept; nothing when all of it is. */
export function cutWords(limit: number, ...texts: readonly string[]): string {
  if (texts.every(text => clean(text, Number.POSITIVE_INFINITY).length <= limit)) return ''
  return ` (the first ${String(limit).replace(/\B(?=(\d{3})+$)/, ',')} characters${texts.length > 1 ? ' of each' : ''})`
}
