/** A text that is longer than its place: what it says at its end counts as much as its beginning. Pure. */
import { escaped } from './text.ts'

/** So much of a line says what it is about. */
const LEAST = 80
/** The end of a notice: what comes next, and when. */
const LAST_LINES = 12

/**
 * Lines that have at most `max` units together once they are escaped, their line ends included. Long lines are cut, all to the same
 * length; when there are too many, those before the last ones are left out, and their number stands there.
 * @param most units of one line.
 */
export function fitLines(lines: readonly string[], max: number, most: number): readonly string[] {
  const shown = withoutMiddle(lines, max)
  const cap = Math.min(most, capOf(shown.map(lengthOf), max - shown.length))
  return shown.map(line => (lengthOf(line) <= cap ? line : shortened(line, cap)))
}

/** Lines in blocks of at most `max` units once they are escaped. No line is longer than a block. */
export function inBlocks(lines: readonly string[], max: number): readonly string[] {
  const blocks: string[] = []
  let room = 0
  for (const line of lines) {
    const length = lengthOf(line) + 1
    if (blocks.length > 0 && length <= room) blocks[blocks.length - 1] += `\n${line}`
    else {
      blocks.push(line)
      room = max + 1
    }
    room -= length
  }
  return blocks
}

function withoutMiddle(lines: readonly string[], max: number): readonly string[] {
  const fits = lines.reduce((sum, line) => sum + lengthOf(line) + 1, 0) <= max
  const most = Math.max(Math.floor(max / (LEAST + 1)), LAST_LINES + 2)
  if (fits || lines.length <= most) return lines
  const first = most - LAST_LINES - 1
  const left = lines.length - first - LAST_LINES
  return [...lines.slice(0, first), `… ${left} more lines`, ...lines.slice(-LAST_LINES)]
}

/** The length to which the longest are cut so that all have `room` together. */
function capOf(lengths: readonly number[], room: number): number {
  let left = room
  for (const [index, length] of lengths.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (lengths.length - index))
    if (length > share) return share
    left -= length
  }
  return Number.POSITIVE_INFINITY
}

function shortened(line: string, max: number): string {
  let kept = ''
  let length = 1
  for (const character of line) {
    length += lengthOf(character)
    if (length > max) break
    kept += character
  }
  return `${kept}…`
}

function lengthOf(text: string): number {
  return escaped(text).length
}
