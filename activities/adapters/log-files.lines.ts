/**
 * Cuts a stream of bytes into lines. Text is decoded by the chunk, which is much cheaper than by the line; a line of any
 * length costs no more memory than the part of it that is kept; NULs, which a crash leaves in files, are dropped.
 */

/** Characters kept of a line. */
export const MAX_LINE = 65_536

export type OnLine = (line: string, isOversized: boolean) => void

export interface LineSplitter {
  /** The chunk may be reused by the caller afterwards. */
  readonly push: (chunk: Buffer) => void
  /** The end of the file ends the last line too. */
  readonly end: () => void
}

const NEWLINE = 0x0a
const NUL = 0

export function createLineSplitter(onLine: OnLine): LineSplitter {
  /** The beginning of a line whose end has not come yet. */
  let carry: Buffer[] = []
  let carried = 0
  /** The head of an oversized line is out; its rest is passed over. */
  let isSkipping = false

  const emit = (line: string): void => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    if (text.length <= MAX_LINE) onLine(text, false)
    else onLine(text.slice(0, MAX_LINE), true)
  }

  const keep = (part: Buffer): void => {
    if (part.length === 0) return
    // A copy, because the chunk is the caller's.
    carry.push(Buffer.from(part.subarray(0, MAX_LINE + 1)))
    carried += part.length
    if (carried <= MAX_LINE) return
    onLine(decode(Buffer.concat(carry)).slice(0, MAX_LINE), true)
    carry = []
    carried = 0
    isSkipping = true
  }

  const takeCarry = (rest: Buffer): Buffer => {
    const whole = Buffer.concat([...carry, rest])
    carry = []
    carried = 0
    return whole
  }

  return {
    push(chunk) {
      let start = 0
      if (isSkipping || carried > 0) {
        const end = chunk.indexOf(NEWLINE)
        if (end < 0) {
          if (!isSkipping) keep(chunk)
          return
        }
        if (!isSkipping) emit(decode(takeCarry(chunk.subarray(0, end))))
        isSkipping = false
        start = end + 1
      }
      const last = chunk.lastIndexOf(NEWLINE)
      if (last >= start) {
        eachLine(decode(chunk.subarray(start, last)), emit)
        start = last + 1
      }
      keep(chunk.subarray(start))
    },
    end() {
      if (carried > 0) emit(decode(takeCarry(Buffer.alloc(0))))
      isSkipping = false
    },
  }
}

function eachLine(text: string, emit: (line: string) => void): void {
  let start = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    emit(text.slice(start, end))
    start = end + 1
  }
  emit(text.slice(start))
}

function decode(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return bytes.includes(NUL) ? text.replaceAll('\0', '') : text
}
