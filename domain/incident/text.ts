/** Text from outside on its way into the state: without secrets, without what turns writing around, and not longer than it may be. */
import { redact } from '../redact.ts'

/** Long texts, such as findings of a root cause, in characters. */
export const LONG_TEXT = 4_000
export const SHORT_TEXT = 200

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
