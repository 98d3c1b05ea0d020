/**
 * Reads a log and its rotated siblings, oldest first, as far back as asked. Files are held open, so a rotation meanwhile
 * changes their names and not what is read; what a rotation adds is read at the end; nothing is read twice.
 */
import { createLineSplitter, type OnLine } from './log-files.lines.ts'
import { closeAll, isSameText, type LogFile, openLogFiles, readHead } from './log-files.open.ts'
import { type Cursor, readOn, wasEmptied } from './log-files.read.ts'
import { seekTime } from './log-files.seek.ts'

export interface LogReading {
  readonly files: readonly string[]
  /** Of text, after decompression. */
  readonly bytesRead: number
  /** Whether the log holds anything from before the asked time. */
  readonly reachesBack: boolean
  /** Whether there is no text at all. */
  readonly isEmpty: boolean
}

export interface LogReaderOptions {
  readonly onLine: OnLine
  /** The next line may be in the middle of a record. */
  readonly onSeek: () => void
  /** Called after each chunk, with all bytes so far. */
  readonly onProgress?: (bytesRead: number) => void
  readonly signal?: AbortSignal
}

/** A log that rotates more often while it is read is not being rotated but churned. */
const MAX_ROTATIONS = 10

/** Reads all lines from `oldest` on, milliseconds since the epoch, and some before. Throws OpsError. */
export async function readLogFiles(path: string, oldest: number, options: LogReaderOptions): Promise<LogReading> {
  const held: LogFile[] = []
  const cursors: Cursor[] = []
  let bytesRead = 0
  let hasOlder = false

  const onProgress = (bytes: number): void => {
    bytesRead += bytes
    options.signal?.throwIfAborted()
    options.onProgress?.(bytesRead)
  }
  const discover = async (): Promise<readonly LogFile[]> => {
    const found = await openLogFiles(path, oldest)
    hasOlder ||= found.hasOlder
    const added = found.files.filter(({ identity }) => !held.some(known => known.identity === identity))
    await closeAll(found.files.filter(file => !added.includes(file)))
    const isCopy = (file: LogFile): boolean =>
      [...held, ...cursors.map(cursor => cursor.file)].some(known => isSameText(known.head, file.head))
    const fresh = added.filter(file => !isCopy(file))
    held.push(...added)
    return chooseFiles(fresh, oldest)
  }
  const readFile = async (file: LogFile, from: number, lines = createLineSplitter(options.onLine)): Promise<void> => {
    const cursor: Cursor = { file, lines, position: from }
    cursors.push(cursor)
    await readOn(cursor, onProgress)
  }
  const readAll = async (files: readonly LogFile[]): Promise<void> => {
    for (const file of files) {
      cursors.at(-1)?.lines.end()
      const start = file.isCompressed ? 0 : await seekTime(file.handle, file.size, oldest)
      if (start > 0) options.onSeek()
      await readFile(file, start)
    }
  }

  try {
    await readAll(await discover())
    for (let round = 0; round < MAX_ROTATIONS; round += 1) {
      const live = newest(cursors)
      // Asked before looking for files, because the copy is there before the original is emptied.
      const isEmptied = live !== null && (await wasEmptied(live))
      const added = await discover()
      if (added.length === 0 && !isEmptied) break
      if (live !== null && !isEmptied) await readOn(live, onProgress)
      if (live !== null && isEmptied) {
        const { file, position, lines } = live
        const copy = held.find(other => other.identity !== file.identity && isSameText(other.head, file.head))
        if (copy !== undefined) await readFile(copy, position, lines)
        lines.end()
        await readFile({ ...file, ...(await refreshed(file)) }, 0)
      }
      live?.lines.end()
      await readAll(added)
    }
    for (const { lines } of cursors) lines.end()
    return {
      files: [...new Set(cursors.map(({ file }) => file.path))],
      bytesRead,
      reachesBack: hasOlder || cursors.some(({ file }) => file.firstAt !== null && file.firstAt <= oldest),
      isEmpty: bytesRead === 0 && !hasOlder,
    }
  } finally {
    await closeAll(held)
  }
}

async function refreshed(file: LogFile): Promise<Pick<LogFile, 'head' | 'firstAt' | 'modifiedAt'>> {
  return { head: await readHead(file.handle), firstAt: null, modifiedAt: (await file.handle.stat()).mtimeMs }
}

/** Oldest first; from the newest back to the first one that begins before `oldest`. Copies of one text count once. */
function chooseFiles(files: readonly LogFile[], oldest: number): readonly LogFile[] {
  const distinct: LogFile[] = []
  const byWorth = files.toSorted((a, b) => Number(a.isCompressed) - Number(b.isCompressed) || b.size - a.size)
  for (const file of byWorth) {
    if (!distinct.some(known => isSameText(known.head, file.head))) distinct.push(file)
  }
  const newestFirst = distinct.toSorted((a, b) => beginOf(b) - beginOf(a))
  const enough = newestFirst.findIndex(({ firstAt }) => firstAt !== null && firstAt <= oldest)
  return newestFirst.slice(0, enough < 0 ? newestFirst.length : enough + 1).toReversed()
}

function newest(cursors: readonly Cursor[]): Cursor | null {
  return cursors.toSorted((a, b) => beginOf(b.file) - beginOf(a.file))[0] ?? null
}

/** A file whose beginning names no time counts as late as it was last written. */
function beginOf({ firstAt, modifiedAt }: LogFile): number {
  return firstAt ?? modifiedAt
}
