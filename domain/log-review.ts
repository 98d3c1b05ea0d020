/**
 * Adds up what records say about a window of time and about the equally long one before it (D1.3, D1.4a). It takes
 * records in the order of their times and keeps counts, percentiles, frequent patterns and a few last lines.
 */
import { CLIENT_CODES } from './acp-codes.ts'
import { createDurations } from './durations.ts'
import type { LogFacts } from './facts.ts'
import { fingerprint } from './fingerprint.ts'
import { createLogExcerpt, type LogExcerpt } from './log-excerpt.ts'
import { continuesRecord, createRecordParser, durationOf, fieldOf, type LogRecord } from './log-record.ts'
import { createTopPatterns } from './top-patterns.ts'

/** Times in milliseconds since the epoch: after `since`, up to and including `until`. */
export interface LogWindow {
  readonly since: number
  readonly until: number
}

/** What the records tell; the reader of the log adds where they came from. */
export type ReviewedLog = Omit<LogFacts, 'files' | 'bytesRead' | 'excerpt'>

export interface LogReview {
  /** The next line of a log: it begins a record, continues the one before, or is counted as unparsable. */
  readonly line: (line: string, isOversized: boolean) => void
  /** The lines that follow may begin in the middle of a record that was not read. */
  readonly skipToRecord: () => void
  /** A record that did not come as a line of a file. */
  readonly add: (record: LogRecord, line: string) => void
  /** `reachesBack`: the log is old enough to tell about all of the window before. */
  readonly result: (reachesBack: boolean) => ReviewedLog
  readonly excerpt: () => LogExcerpt
}

/** Where the window before begins. */
export function previousSince({ since, until }: LogWindow): number {
  return since - (until - since)
}

const TOP = 5
const PROMPT = 'session/prompt'
const WITHOUT_SLASH: ReadonlySet<string> = new Set(['initialize', 'authenticate', 'logout'])

export function createLogReview(window: LogWindow): LogReview {
  const before = previousSince(window)
  const durations = createDurations()
  const turns = createDurations()
  const topErrors = createTopPatterns()
  const topWarnings = createTopPatterns()
  const excerpt = createLogExcerpt()
  const parse = createRecordParser()
  const counts = {
    records: 0,
    unparsable: 0,
    oversized: 0,
    errors: 0,
    warnings: 0,
    connected: 0,
    disconnected: 0,
    requests: 0,
    failedRequests: 0,
  }
  const previous = { errors: 0, warnings: 0 }
  /** Whether the record before is of the window; unknown before the first one. */
  let isInside: boolean | null = null

  const addRequest = (record: LogRecord): void => {
    const duration = durationOf(record)
    const method = methodOf(record)
    if (duration === null || method === null) return
    counts.requests += 1
    if (record.level === 'error' && !CLIENT_CODES.has(Number(fieldOf(record, 'code')))) counts.failedRequests += 1
    if (method === PROMPT) turns.add(duration)
    else durations.add(duration)
  }

  const addConnection = (record: LogRecord, line: string): void => {
    counts[record.event === 'connected' ? 'connected' : 'disconnected'] += 1
    excerpt.add('connections', record.at, line)
  }

  const add = (record: LogRecord, line: string): void => {
    const { at, level } = record
    isInside = at > window.since && at <= window.until
    if (!isInside) {
      const isBefore = at > before && at <= window.since
      if (isBefore && level === 'error') previous.errors += 1
      if (isBefore && level === 'warn') previous.warnings += 1
      return
    }
    counts.records += 1
    if (level === 'error') {
      counts.errors += 1
      topErrors.add(fingerprint(record))
      excerpt.add('errors', at, line)
    } else if (level === 'warn') {
      counts.warnings += 1
      topWarnings.add(fingerprint(record))
      excerpt.add('warnings', at, line)
    } else {
      excerpt.close()
    }
    if (record.event === 'connected' || record.event === 'disconnected') addConnection(record, line)
    if (record.tail.includes('duration=')) addRequest(record)
  }

  return {
    add,
    line(line, isOversized) {
      const record = parse(line)
      if (record !== null) add(record, line)
      // Without a time of its own, a line belongs to the time of the record before it.
      else if (isInside !== false && line !== '') {
        if (isInside && continuesRecord(line)) excerpt.continue(line)
        else counts.unparsable += 1
      }
      if (isOversized && isInside !== false) counts.oversized += 1
    },
    skipToRecord() {
      isInside = false
    },
    result(reachesBack) {
      return {
        since: new Date(window.since).toISOString(),
        until: new Date(window.until).toISOString(),
        ...counts,
        durations: durations.percentiles(),
        turns: turns.percentiles(),
        topErrors: topErrors.top(TOP),
        topWarnings: topWarnings.top(TOP),
        previous: reachesBack ? { ...previous } : null,
      }
    },
    excerpt: excerpt.read,
  }
}

/** A gateway names the method as its event, OpenCode in a field. Tools and streams have durations too and are no requests. */
function methodOf(record: LogRecord): string | null {
  const { form, event } = record
  if (form === 'logfmt') return fieldOf(record, 'method')
  if (event.startsWith('tool_call')) return null
  if (event.includes('/') || WITHOUT_SLASH.has(event)) return event
  // A method that nobody knows is a request like any other: it was answered on a connection, with a code.
  return fieldOf(record, 'conn') !== null && fieldOf(record, 'code') !== null ? event : null
}
