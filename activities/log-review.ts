/** Reviews the log of a window: what failed, what warned, who connected, how long requests took (D1.3, D1.4a). */
import { cancellationSignal, heartbeat, log } from '@temporalio/activity'
import type { LogSource } from '../domain/estate.ts'
import type { LogFacts } from '../domain/facts.ts'
import { OpsError } from '../domain/failures.ts'
import { createLogReview, type LogReview, type LogWindow, previousSince } from '../domain/log-review.ts'
import type { Observed } from '../domain/observed.ts'
import type { ArtefactRef } from '../domain/run-record.ts'
import type { LogReaderOptions, LogReading } from './adapters/log-files.ts'
import { observe, observeOnce } from './observe.ts'

export interface LogReviewPorts {
  readonly readLogFiles: (path: string, oldest: number, options: LogReaderOptions) => Promise<LogReading>
  /** Adds the records of a unit's journal and says where they came from. */
  readonly readJournal: (
    unit: string,
    window: LogWindow,
    options: Pick<LogReaderOptions, 'onProgress' | 'signal'> & { readonly add: LogReview['add'] },
  ) => Promise<LogReading>
  readonly upload: (kind: string, bytes: Uint8Array, signal: AbortSignal) => Promise<ArtefactRef>
}

export interface LogReviewRequest {
  readonly source: LogSource
  /** Whose journal is read. */
  readonly unit: string
  /** ISO times: after `since`, up to and including `until`. */
  readonly since: string
  readonly until: string
}

const HEARTBEAT_MS = 2_000

export function createLogReviewActivities(ports: LogReviewPorts) {
  return {
    /**
     * A read. Repeating it reads again; the excerpt is stored under its digest, so the same one is stored once. A
     * cancelled review stops at the next chunk.
     */
    async reviewLog({ source, unit, since, until }: LogReviewRequest): Promise<Observed<LogFacts>> {
      const signal = cancellationSignal()
      return await observe(async () => {
        const window = { since: Date.parse(since), until: Date.parse(until) }
        const review = createLogReview(window)
        const reading = await read(ports, source, unit, window, review, signal)
        const { isEmpty, files, bytesRead, reachesBack } = reading
        if (isEmpty) throw emptyLog(source, unit)
        const excerpt = await uploadExcerpt(ports, review, signal)
        return { ...review.result(reachesBack), files, bytesRead, excerpt }
      })
    },
  }
}

async function read(
  ports: LogReviewPorts,
  source: LogSource,
  unit: string,
  window: LogWindow,
  review: LogReview,
  signal: AbortSignal,
): Promise<LogReading> {
  const onProgress = beat(HEARTBEAT_MS)
  switch (source.kind) {
    case 'file':
      return await ports.readLogFiles(source.path, previousSince(window), {
        onLine: review.line,
        onSeek: review.skipToRecord,
        onProgress,
        signal,
      })
    case 'journal':
      return await ports.readJournal(unit, window, { add: review.add, onProgress, signal })
  }
}

/** Says how far it is, but not for each chunk. */
function beat(intervalMs: number): (bytesRead: number) => void {
  let next = 0
  return bytesRead => {
    if (performance.now() < next) return
    next = performance.now() + intervalMs
    heartbeat({ bytesRead })
  }
}

/** Null when there is nothing to show. A door that does not answer costs the excerpt and not the review. */
async function uploadExcerpt(
  { upload }: LogReviewPorts,
  review: LogReview,
  signal: AbortSignal,
): Promise<ArtefactRef | null> {
  const excerpt = review.excerpt()
  if (Object.values(excerpt).every(lines => lines.length === 0)) return null
  const bytes = new TextEncoder().encode(`${JSON.stringify(excerpt, null, 2)}\n`)
  const stored = await observeOnce(() => upload('log-excerpt', bytes, signal))
  if (stored.kind === 'observed') return stored.value
  if (stored.kind === 'unknown') log.warn('the excerpt of the log was not stored', { reason: stored.reason })
  return null
}

function emptyLog(source: LogSource, unit: string): OpsError {
  const what = source.kind === 'file' ? `the log ${source.path}` : `the journal of ${unit}`
  const hint = 'A service in use writes something every day: does it log elsewhere, or was the log emptied?'
  return new OpsError({ owner: 'configuration', message: `${what} is empty`, hint })
}
