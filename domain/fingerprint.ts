/** What makes two errors the same error: their words, without the ids, numbers and names that differ each time (T32). */
import { fieldOf, type LogRecord } from './log-record.ts'
import { redact } from './redact.ts'

const LIMIT = 160

/** Masks quoted text, uuids, prefixed ids, hex, addresses in memory, and numbers. */
export function mask(text: string): string {
  // Masked digits would hide a secret from those who look for it later, and so would a cut through it.
  return redact(text)
    .slice(0, 1_000)
    .replace(/"[^"]{0,500}"|(?<!\w)'[^']{0,500}'(?!\w)|`[^`]{0,500}`/g, '"…"')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>')
    .replace(/\b([a-z]{2,12})_(?=[A-Za-z]*\d)[A-Za-z0-9]{6,}\b/g, '$1_<id>')
    .replace(/\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b/gi, '<hex>')
    .replace(/\d+(?:\.\d+)*/g, '<n>')
    .trim()
    .slice(0, LIMIT)
}

/** Fields that say what kind of failure it was; all others tell where and to whom it happened. */
const KINDS: readonly string[] = ['code', 'signal', 'reason']

/** Equal for records that report the same thing. The time, the level and `run` take no part. */
export function fingerprint(record: LogRecord): string {
  const parts = [mask(record.event)]
  for (const name of KINDS) {
    const value = fieldOf(record, name)
    if (value !== null) parts.push(`${name}=${name === 'reason' ? mask(value) : redact(value).slice(0, 32)}`)
  }
  // OpenCode's message says what happened; a gateway's event is only the name of the method that failed.
  const error = record.form === 'event' ? fieldOf(record, 'error') : null
  return error === null ? parts.join(' ') : `${parts.join(' ')}: ${mask(error)}`
}
