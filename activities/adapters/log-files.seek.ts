/** Finds the place in a big log where a time begins, by looking at a few places instead of reading all before it. */
import type { FileHandle } from 'node:fs/promises'
import { firstTime } from './log-files.open.ts'

/** Below this, reading is as quick as searching. */
const WORTHWHILE_BYTES = 8 * 1_048_576
const STEP_BYTES = 262_144
/** Longer lines than this are not searched through. */
const LONGEST_LINE_BYTES = 8 * 1_048_576
/** Processes that share a log write a little out of order. */
const DISORDER_MS = 300_000

/** An offset before the first record at or after `time`; 0, or somewhere within a line. */
export async function seekTime(handle: FileHandle, size: number, time: number): Promise<number> {
  if (size < WORTHWHILE_BYTES) return 0
  let before = 0
  let after = size
  while (after - before > STEP_BYTES) {
    const middle = Math.floor((before + after) / 2)
    const at = await timeAfter(handle, middle, after)
    if (at === null || at >= time - DISORDER_MS) after = middle
    else before = middle
  }
  return before
}

/** Time of the first record that begins after an offset; null when there is none before `end`. */
async function timeAfter(handle: FileHandle, offset: number, end: number): Promise<number | null> {
  for (let bytes = STEP_BYTES / 4; ; bytes *= 8) {
    const length = Math.min(bytes, end - offset)
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset)
    const text = buffer.subarray(0, bytesRead)
    const line = text.indexOf(0x0a) + 1
    const at = line === 0 ? null : firstTime(text.subarray(line))
    if (at !== null || length === end - offset || bytes >= LONGEST_LINE_BYTES) return at
  }
}
