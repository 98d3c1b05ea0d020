/** Errors of a service's log in a window, by fingerprint; from a file or the journal. */
import type { LogSource } from '../../domain/estate.ts'
import { fingerprint } from '../../domain/fingerprint.ts'
import { createRecordParser, type LogRecord } from '../../domain/log-record.ts'
import { createTopPatterns } from '../../domain/top-patterns.ts'
import { readJournal } from './journal.ts'
import { readLogFiles } from './log-files.ts'

const MOST_PATTERNS = 50

/** After `since`, up to and including `until`, milliseconds since the epoch. Throws OpsError when the log cannot be read. */
export async function countErrors(
  source: LogSource,
  unit: string,
  { since, until }: { readonly since: number; readonly until: number },
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const patterns = createTopPatterns()
  const add = (record: LogRecord): void => {
    if (record.level === 'error' && record.at > since && record.at <= until) patterns.add(fingerprint(record))
  }
  if (source.kind === 'journal') {
    await readJournal(unit, { since, until }, { add, signal })
  } else {
    const parse = createRecordParser()
    const onLine = (line: string): void => {
      const record = parse(line)
      if (record !== null) add(record)
    }
    await readLogFiles(source.path, since, { onLine, onSeek: () => {}, signal })
  }
  const top = patterns.top(MOST_PATTERNS)
  return Object.fromEntries(top.map(({ fingerprint: pattern, count }) => [pattern, count]))
}
