/**
 * Reads a unit's journal as records. A line of the service in a known format is a record by its own words; any other
 * message takes time and level from the journal's fields.
 */
import { StringDecoder } from 'node:string_decoder'
import { OpsError } from '../../domain/failures.ts'
import { createRecordParser, type LogLevel, type LogRecord } from '../../domain/log-record.ts'
import { type LogReview, type LogWindow, previousSince } from '../../domain/log-review.ts'
import { redact } from '../../domain/redact.ts'
import { journalEntry } from './journal.schema.ts'
import type { LogReading } from './log-files.ts'
import { start } from './shell.ts'
import { showUnit } from './systemd.ts'

const DEADLINE_MS = 240_000
/** Entries may carry core dumps; what is longer is no message. */
const MAX_LINE = 1_048_576
/** Characters of what journalctl complains about. */
const MAX_PROBLEM = 500

export interface JournalOptions {
  readonly add: LogReview['add']
  readonly onProgress?: (bytesRead: number) => void
  readonly signal?: AbortSignal
}

/** Adds all records of the window and of the one before it. Throws OpsError when there is no such unit. */
export async function readJournal(unit: string, window: LogWindow, options: JournalOptions): Promise<LogReading> {
  const { signal } = options
  const oldest = previousSince(window)
  const properties = await showUnit(unit, 'LoadState', signal === undefined ? {} : { signal })
  // journalctl exits with 0 and says nothing for a unit that nobody knows (T10).
  if (properties.get('LoadState') === 'not-found') throw unknownUnit(unit)
  const addEntry = createEntryReader(options.add)
  const bytesRead = await eachLine(journalctl(unit, oldest, window.until), options, addEntry)
  const reachesBack = await hasOlder(unit, oldest, signal)
  return { files: [`journal of ${unit}`], bytesRead, reachesBack, isEmpty: bytesRead === 0 && !reachesBack }
}

function journalctl(unit: string, since: number, until: number): readonly string[] {
  const seconds = (time: number): string => `@${(time / 1_000).toFixed(3)}`
  return [
    `--unit=${unit}`,
    '--output=json',
    // Without it a message of more than 4 KiB is null.
    '--all',
    '--output-fields=MESSAGE,PRIORITY',
    '--no-pager',
    '--quiet',
    `--since=${seconds(since)}`,
    `--until=${seconds(until + 1_000)}`,
  ]
}

async function hasOlder(unit: string, before: number, signal: AbortSignal | undefined): Promise<boolean> {
  const args = [`--unit=${unit}`, '--output=json', '--no-pager', '--quiet', '--lines=1', `--until=@${before / 1_000}`]
  return (await eachLine(args, signal === undefined ? {} : { signal }, () => {})) > 0
}

async function eachLine(
  args: readonly string[],
  { onProgress, signal }: Omit<JournalOptions, 'add'>,
  onLine: (line: string) => void,
): Promise<number> {
  const child = start('journalctl', args, { deadlineMs: DEADLINE_MS, ...(signal === undefined ? {} : { signal }) })
  let problem = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (problem.length < MAX_PROBLEM) problem += chunk.toString('utf8')
  })
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let bytesRead = 0
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    bytesRead += chunk.length
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = (lines.pop() ?? '').slice(0, MAX_LINE)
    for (const line of lines) onLine(line)
    onProgress?.(bytesRead)
  }
  const { ending, exitCode } = await child.ended
  if (ending === 'exited' && (exitCode === 0 || (exitCode === 1 && problem === ''))) return bytesRead
  const message = `journalctl did not end well: ${ending === 'deadline' ? 'no end in time' : redact(problem).trim().slice(0, MAX_PROBLEM)}`
  const hint = 'Run "journalctl --verify"; the host worker must be in the group systemd-journal.'
  throw new OpsError({ owner: 'host', message, hint })
}

/** Turns one line of journalctl's JSON into a record. Lines that are no entry are passed over. */
export function createEntryReader(add: LogReview['add']): (line: string) => void {
  const parse = createRecordParser()
  return line => {
    const entry = journalEntry.safeParse(parseJson(line))
    if (!entry.success) return
    const { MESSAGE: message, PRIORITY: priority, __REALTIME_TIMESTAMP: microseconds } = entry.data
    add(parse(message) ?? ownRecord(message, microseconds / 1_000, levelOf(priority)), message)
  }
}

function ownRecord(message: string, at: number, level: LogLevel): LogRecord {
  return { at, level, event: message.split('\n', 1)[0] ?? '', tail: '', form: 'event' }
}

/** syslog's numbers: 3 and below are errors, 4 is a warning. */
function levelOf(priority: number): LogLevel {
  if (priority <= 3) return 'error'
  if (priority === 4) return 'warn'
  return priority === 7 ? 'debug' : 'info'
}

function unknownUnit(unit: string): OpsError {
  const hint = 'Correct service.unit in the estate file.'
  return new OpsError({ owner: 'configuration', message: `there is no unit ${unit} whose journal could be read`, hint })
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
