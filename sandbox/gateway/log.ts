// The log of the gateway: one line an event, `<time> <LEVEL> <event> key=value …`, the format
// that the manual's grep and the health check read. Lines are appended one by one and at once,
// so that a copy-and-truncate rotation, a second writer and a crash all leave whole lines.
// A rotation by renaming is followed by SIGHUP, which calls `reopen`.
import { closeSync, openSync, writeSync } from 'node:fs'
import { redact } from '../../domain/redact.ts'

export type Level = 'INFO' | 'WARN' | 'ERROR'
export type Fields = Readonly<Record<string, string | number | undefined>>

export type Log = Readonly<{
  write(level: Level, event: string, fields?: Fields): void
  reopen(): void
  /** Lines lost because the file could not be written, for the metrics. */
  dropped(): number
}>

/** Opens the log for appending; throws when that is not possible, since a service without its log is not started. */
export function openLog(path: string): Log {
  let file = openSync(path, 'a', 0o640)
  let dropped = 0
  let isLineOpen = false
  return {
    write(level, event, fields = {}) {
      const line = Buffer.from(`${isLineOpen ? '\n' : ''}${formatLine(new Date(), level, event, fields)}\n`)
      try {
        // A full disk may take half a line; the next one then begins on a line of its own.
        isLineOpen = writeSync(file, line) < line.length
        if (isLineOpen) dropped += 1
      } catch {
        dropped += 1
      }
    },
    reopen() {
      try {
        const next = openSync(path, 'a', 0o640)
        closeSync(file)
        file = next
      } catch (error) {
        // Going on with the rotated file loses nothing; the reason is in the journal.
        console.error(`cannot reopen ${path}: ${error instanceof Error ? error.message : error}`)
        console.error(`Give the file to the service's user (systemctl reload does it) and send SIGHUP again.`)
      }
    },
    dropped: () => dropped,
  }
}

/**
 * Formats one line; `undefined` fields are left out, `duration` belongs last and is the caller's to put there. Words that
 * others chose are redacted before they are cut: half a secret may no longer look like one.
 */
export function formatLine(at: Date, level: Level, event: string, fields: Fields): string {
  const tail = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'number' ? value : formatValue(redact(value ?? ''))}`)
  return [at.toISOString(), level, formatWord(redact(event)), ...tail].join(' ')
}

const formatValue = (value: string) =>
  /^[^\s="\\\p{Cc}]+$/u.test(value) && value.length <= 500 ? value : JSON.stringify(value.slice(0, 500))

// The event of a request is its method, which a client chooses: it stays one word.
const formatWord = (event: string) => event.replace(/[\s="\\\p{Cc}]+/gu, '_').slice(0, 100) || '_'
