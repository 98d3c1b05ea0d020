/**
 * One line of a log as a record. Three forms are understood: the gateway's `<time> LEVEL event key=value …`, OpenCode's
 * logfmt `timestamp=… level=… run=… message=…`, and OpenCode's older `LEVEL  <time> +12ms key=value …`. The level is
 * that of its field, never a word in the text (T08). Fields are looked up when somebody asks: most lines only count.
 */
import { createTimeParser, type TimeParser } from './log-time.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogRecord {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly level: LogLevel
  /** The gateway's event, OpenCode's message, or the words before the first `key=`. */
  readonly event: string
  /** The fields as text, `key=value …`. */
  readonly tail: string
  /** Who wrote it: a gateway's event with a duration is the name of a method. */
  readonly form: 'event' | 'logfmt'
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  NOTICE: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  CRITICAL: 'error',
}

export function levelOf(word: string): LogLevel | null {
  return LEVELS[word] ?? LEVELS[word.toUpperCase()] ?? null
}

export type RecordParser = (line: string) => LogRecord | null

/** A parser remembers the minute that it saw last, because neighbours share it. Null: the line begins no record. */
export function createRecordParser(): RecordParser {
  const timeAt = createTimeParser()
  return line => {
    if (line.startsWith('timestamp=')) return logfmt(line, timeAt)
    const first = line.charCodeAt(0)
    if (first >= 0x30 && first <= 0x39) return eventLine(line, timeAt)
    return first >= 0x41 && first <= 0x5a ? olderLine(line, timeAt) : null
  }
}

/** Stack traces, causes and the rest of a value with raw line breaks belong to the record before. */
export function continuesRecord(line: string): boolean {
  return /^(?:\s|[}\])]|$|at |Caused by|\w*(?:Error|Exception)\b)/.test(line)
}

function eventLine(line: string, timeAt: TimeParser): LogRecord | null {
  const afterTime = line.indexOf(' ')
  const at = afterTime < 0 ? Number.NaN : timeAt(line, 0, afterTime)
  if (Number.isNaN(at)) return null
  const afterLevel = endOfWord(line, afterTime + 1)
  const level = levelOf(line.slice(afterTime + 1, afterLevel))
  return level === null ? null : { at, level, ...eventAndTail(line, afterLevel + 1), form: 'event' }
}

function logfmt(line: string, timeAt: TimeParser): LogRecord | null {
  const afterTime = endOfWord(line, 10)
  const at = timeAt(line, 10, afterTime)
  if (Number.isNaN(at) || !line.startsWith('level=', afterTime + 1)) return null
  const afterLevel = endOfWord(line, afterTime + 7)
  const level = levelOf(line.slice(afterTime + 7, afterLevel))
  if (level === null) return null
  const tail = line.slice(afterLevel + 1)
  return { at, level, event: messageOf(tail), tail, form: 'logfmt' }
}

/** OpenCode writes `run=… message=…` first, so nearly always there is nothing to search. */
function messageOf(tail: string): string {
  const start = tail.startsWith('run=') ? endOfWord(tail, 4) + 1 : 0
  if (!tail.startsWith('message=', start)) return fieldIn(tail, 'message') ?? ''
  return unquoted(tail.slice(start + 8, endOfValue(tail, start + 8)))
}

const OLDER = /^([A-Z]+) +(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)? \+\d+m?s /

/** Its time names no zone; it is UTC. */
function olderLine(line: string, timeAt: TimeParser): LogRecord | null {
  const match = OLDER.exec(line.slice(0, 64))
  const level = levelOf(match?.[1] ?? '')
  if (match === null || level === null) return null
  const at = timeAt(`${match[2]}.000Z`, 0, 24)
  if (Number.isNaN(at)) return null
  const tail = line.slice(match[0].length)
  return { at, level, event: wordsAfterFields(tail), tail, form: 'logfmt' }
}

/** The older form ends with free words: `service=bun cwd=/x cmd=["a"] running`. */
function wordsAfterFields(tail: string): string {
  const lastEquals = tail.lastIndexOf('=')
  const space = tail.indexOf(' ', lastEquals)
  return space < 0 ? '' : tail.slice(space + 1)
}

function eventAndTail(line: string, start: number): { readonly event: string; readonly tail: string } {
  const equals = line.indexOf('=', start)
  if (equals < 0) return { event: line.slice(start).trim(), tail: '' }
  const space = line.lastIndexOf(' ', equals)
  if (space < start) return { event: '', tail: line.slice(start) }
  return { event: line.slice(start, space), tail: line.slice(space + 1) }
}

function endOfWord(line: string, start: number): number {
  const space = line.indexOf(' ', start)
  return space < 0 ? line.length : space
}

/** The value of a field, unquoted; a word in another field's quoted text is not a field. */
export function fieldOf(record: LogRecord, name: string): string | null {
  return fieldIn(record.tail, name)
}

function fieldIn(tail: string, name: string): string | null {
  // Most records lack most fields and most quote nothing: the cheap looks decide nearly always.
  const found = tail.indexOf(`${name}=`)
  if (found < 0) return null
  if (!tail.includes('"')) return plainField(tail, name, found)
  let position = 0
  while (position < tail.length) {
    const equals = tail.indexOf('=', position)
    if (equals < 0) return null
    const start = equals + 1
    const end = endOfValue(tail, start)
    const key = tail.slice(tail.lastIndexOf(' ', equals) + 1, equals)
    if (key === name) return unquoted(tail.slice(start, end))
    position = end
  }
  return null
}

/** Without quotes a name that begins a word is a field. */
function plainField(tail: string, name: string, found: number): string | null {
  for (let start = found; start >= 0; start = tail.indexOf(`${name}=`, start + 1)) {
    if (start > 0 && tail.charCodeAt(start - 1) !== 0x20) continue
    const value = start + name.length + 1
    return tail.slice(value, endOfWord(tail, value))
  }
  return null
}

function endOfValue(tail: string, start: number): number {
  if (tail.charCodeAt(start) !== 0x22) return endOfWord(tail, start)
  for (let position = start + 1; position < tail.length; position += 1) {
    const code = tail.charCodeAt(position)
    if (code === 0x5c) position += 1
    else if (code === 0x22) return position + 1
  }
  return tail.length
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value
  if (value.endsWith('"') && !value.includes('\\')) return value.slice(1, -1)
  try {
    const text: unknown = JSON.parse(value)
    return typeof text === 'string' ? text : value
  } catch {
    return value.replace(/^"|"$/g, '')
  }
}

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1_000, m: 60_000 }

/** The `duration` field in milliseconds; a bare number is milliseconds (T33). */
export function durationOf(record: LogRecord): number | null {
  const text = fieldOf(record, 'duration')
  if (text === null) return null
  const match = /^(\d+(?:\.\d+)?)(us|µs|ms|s|m)?$/.exec(text)
  if (match === null) return null
  return Number(match[1]) * (match[2] === undefined ? 1 : (MILLISECONDS[match[2]] ?? 1))
}
