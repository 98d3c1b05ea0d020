/** Reads one file to its present end, in chunks, and remembers how far it came. */
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { notReadable } from './log-files.failure.ts'
import type { LineSplitter } from './log-files.lines.ts'
import { type LogFile, readHead } from './log-files.open.ts'

/** How far a file has been read. */
export interface Cursor {
  readonly file: LogFile
  readonly lines: LineSplitter
  /** Offset in the text. */
  position: number
}

export type OnProgress = (bytes: number) => void

const CHUNK_BYTES = 1_048_576

/** Reads on from the cursor's position. */
export async function readOn(cursor: Cursor, onProgress: OnProgress): Promise<void> {
  if (cursor.file.isCompressed) await readCompressed(cursor, onProgress)
  else await readPlain(cursor, onProgress)
}

/** True when the file was emptied since it was opened, as `copytruncate` does it. */
export async function wasEmptied({ file, position }: Cursor): Promise<boolean> {
  if (file.isCompressed || file.head.length === 0) return false
  if ((await file.handle.stat()).size < position) return true
  return !(await readHead(file.handle, file.head.length)).equals(file.head)
}

async function readPlain(cursor: Cursor, onProgress: OnProgress): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  for (;;) {
    const { bytesRead } = await cursor.file.handle.read(buffer, 0, CHUNK_BYTES, cursor.position)
    if (bytesRead === 0) return
    cursor.position += bytesRead
    cursor.lines.push(buffer.subarray(0, bytesRead))
    onProgress(bytesRead)
  }
}

async function readCompressed(cursor: Cursor, onProgress: OnProgress): Promise<void> {
  const source = cursor.file.handle.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES })
  // The error also ends the iteration below, which reports it.
  const text = pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
  let skip = cursor.position
  try {
    for await (const chunk of text as AsyncIterable<Buffer>) {
      const wanted = chunk.subarray(Math.min(skip, chunk.length))
      skip -= chunk.length - wanted.length
      cursor.position += wanted.length
      if (wanted.length > 0) cursor.lines.push(wanted)
      onProgress(chunk.length)
    }
  } catch (cause) {
    throw isZlibError(cause) ? notReadable(cursor.file.path, cause) : cause
  }
}

function isZlibError(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')
}
