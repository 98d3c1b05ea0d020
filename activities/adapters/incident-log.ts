/**
 * The log as an incident needs it, from a file or the journal. A day of a big log takes long, so its last hour is read
 * first: when the time is up, that is what there is, and only the comparison with the day before is missing.
 */
import type { LogSource } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import type { LogReadingOfIncident } from '../../domain/incident/evidence.ts'
import { createRecentRecords, HOUR_MS, LOOK_BACK_MS, type RecentRecords } from '../../domain/incident/recent-records.ts'
import { readJournal } from './journal.ts'
import { type LogReading, readLogFiles } from './log-files.ts'

/** For the comparison; whatever is left of the collector's time belongs to what follows. */
const COMPARISON_MS = 12_000

/** `at`: the end of the last hour, milliseconds. Throws OpsError when the log cannot be read or holds nothing at all. */
export async function readLogOfIncident(
  source: LogSource,
  unit: string,
  at: number,
  signal: AbortSignal,
  comparisonMs = COMPARISON_MS,
): Promise<LogReadingOfIncident> {
  const lastHour = createRecentRecords(at)
  const recent = await read(source, unit, at, HOUR_MS, lastHour, signal)
  if (recent.isEmpty) throw empty(source, unit)
  const day = createRecentRecords(at)
  const deadline = AbortSignal.timeout(comparisonMs)
  try {
    const { files, reachesBack } = await read(source, unit, at, LOOK_BACK_MS, day, AbortSignal.any([signal, deadline]))
    const result = day.result()
    return { ...result, files, compared: reachesBack ? 'day' : result.recordsDayBefore > 0 ? 'part' : 'nothing' }
  } catch (error) {
    if (signal.aborted || !deadline.aborted) throw error
    return { ...lastHour.result(), files: recent.files, compared: 'nothing' }
  }
}

async function read(
  source: LogSource,
  unit: string,
  at: number,
  lookBackMs: number,
  records: RecentRecords,
  signal: AbortSignal,
): Promise<LogReading> {
  switch (source.kind) {
    case 'file':
      return await readLogFiles(source.path, at - lookBackMs, {
        onLine: records.line,
        onSeek: records.skipToRecord,
        signal,
      })
    case 'journal':
      // It reads a window and an equally long one before it.
      return await readJournal(unit, { since: at - lookBackMs / 2, until: Date.now() }, { add: records.add, signal })
  }
}

function empty(source: LogSource, unit: string): OpsError {
  const what = source.kind === 'file' ? `the log ${source.path}` : `the journal of ${unit}`
  const hint = 'Does the service log elsewhere, is its disk full, or was the log emptied?'
  return new OpsError({ owner: 'host', message: `${what} is empty`, hint })
}
