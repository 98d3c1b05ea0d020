/**
 * What a log says about an incident (I2.1b): its last records, each with all lines that belong to it, because the last
 * fifty lines may be one stack trace (T75), and the error patterns of the last hour against those of the day before it.
 */
import { fingerprint } from '../fingerprint.ts'
import { continuesRecord, createRecordParser, type LogRecord } from '../log-record.ts'
import { redact } from '../redact.ts'
import { createTopPatterns, detached } from '../top-patterns.ts'

export const RECENT_RECORDS = 50
export const HOUR_MS = 3_600_000
/** The hour that is looked at and the day that it is compared with. */
export const LOOK_BACK_MS = 25 * HOUR_MS

/** Of a record together with all that continues it. */
const MAX_LENGTH = 8_000
const MOST_PATTERNS = 10
/** A pattern has grown when its hour holds this many times what an hour of the day before held … */
const GROWTH = 3
/** … and more than chance brings. */
const AT_LEAST = 5

export interface PatternDelta {
  readonly fingerprint: string
  readonly lastHour: number
  readonly dayBefore: number
  readonly kind: 'new' | 'grown'
}

export interface LogEvidence {
  /** Oldest first, redacted. */
  readonly records: readonly string[]
  readonly errorsLastHour: number
  readonly errorsDayBefore: number
  /** Of any level, in the day before the last hour: without any there is nothing to compare with. */
  readonly recordsDayBefore: number
  /** Errors that are new or have grown, the most frequent first. */
  readonly deltas: readonly PatternDelta[]
}

export interface RecentRecords {
  readonly line: (line: string) => void
  /** The lines that follow may begin in the middle of a record that was not read. */
  readonly skipToRecord: () => void
  /** A record that did not come as a line of a file. */
  readonly add: (record: LogRecord, text: string) => void
  readonly result: () => LogEvidence
}

/** `at`: the end of the last hour, milliseconds since the epoch; later records are shown and not counted. */
export function createRecentRecords(at: number): RecentRecords {
  const parse = createRecordParser()
  const lastHour = createTopPatterns()
  const dayBefore = createTopPatterns()
  const errors = { lastHour: 0, dayBefore: 0 }
  let recordsDayBefore = 0
  const kept: string[] = []
  let isInRecord = false

  const add = (record: LogRecord, text: string): void => {
    isInRecord = true
    kept.push(detached(text))
    if (kept.length > RECENT_RECORDS) kept.shift()
    if (record.at > at || record.at <= at - LOOK_BACK_MS) return
    const isRecent = record.at > at - HOUR_MS
    if (!isRecent) recordsDayBefore += 1
    if (record.level !== 'error') return
    errors[isRecent ? 'lastHour' : 'dayBefore'] += 1
    const patterns = isRecent ? lastHour : dayBefore
    patterns.add(fingerprint(record))
  }

  const continueLast = (line: string): void => {
    const last = kept.at(-1)
    // Whole lines only, until there are more than will be shown.
    if (last !== undefined && last.length < MAX_LENGTH) kept[kept.length - 1] = detached(`${last}\n${line}`)
  }

  return {
    add,
    line(line) {
      const record = parse(line)
      if (record !== null) add(record, line)
      else if (isInRecord && continuesRecord(line)) continueLast(line)
    },
    skipToRecord() {
      isInRecord = false
    },
    result() {
      const before = new Map(
        dayBefore.top(Number.MAX_SAFE_INTEGER).map(({ fingerprint, count }) => [fingerprint, count]),
      )
      return {
        // A secret that is cut may no longer look like one: first redacted, then cut.
        records: kept.map(text => redact(text).slice(0, MAX_LENGTH)),
        errorsLastHour: errors.lastHour,
        errorsDayBefore: errors.dayBefore,
        recordsDayBefore,
        deltas: lastHour
          .top(Number.MAX_SAFE_INTEGER)
          .flatMap(({ fingerprint, count }) => delta(fingerprint, count, before.get(fingerprint) ?? 0))
          .slice(0, MOST_PATTERNS),
      }
    },
  }
}

function delta(pattern: string, lastHour: number, dayBefore: number): readonly PatternDelta[] {
  const found = { fingerprint: pattern, lastHour, dayBefore }
  if (dayBefore === 0) return [{ ...found, kind: 'new' }]
  const hasGrown = lastHour >= AT_LEAST && lastHour > (GROWTH * dayBefore) / 24
  return hasGrown ? [{ ...found, kind: 'grown' }] : []
}
