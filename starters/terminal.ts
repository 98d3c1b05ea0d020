/** Where words go: results to standard output, everything else to standard error. Colours only for people. */
import { styleText } from 'node:util'
import type { FindingVerdict } from '../domain/verdicts.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'magenta' | 'cyan'

export interface Terminal {
  /** Whether a person watches standard error, so that a line may be drawn over. */
  readonly isLive: boolean
  /** A line of the result. */
  say(line?: string): void
  /** The one JSON object of `--json`. */
  json(value: unknown): void
  /** A result that is a file, byte for byte. */
  file(bytes: Uint8Array): void
  /** A line beside the result. */
  note(line: string): void
  /** Text drawn over by the next one; nothing without a live terminal. */
  draw(lines: readonly string[]): void
  paint(style: Style, text: string): string
}

interface Stream {
  readonly isTTY?: boolean
  write(text: string | Uint8Array): unknown
}

export function createTerminal(
  out: Stream,
  err: Stream,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const wantsColour = !environment.NO_COLOR && environment.TERM !== 'dumb' && out.isTTY === true
  const isLive = err.isTTY === true && environment.TERM !== 'dumb'
  let drawn = 0
  return {
    isLive,
    say: (line = '') => out.write(`${line}\n`),
    json: value => out.write(`${JSON.stringify(value)}\n`),
    file: bytes => out.write(bytes),
    note: line => err.write(`${line}\n`),
    draw: lines => {
      if (!isLive) return
      if (drawn > 0) err.write(`\u001b[${drawn}A\u001b[0J`)
      err.write(lines.map(line => `${line}\n`).join(''))
      drawn = lines.length
    },
    paint: (style, text) => (wantsColour ? styleText(style, text, { validateStream: false }) : text),
  }
}

const MARKS: Readonly<Record<FindingVerdict, readonly [string, Style]>> = {
  ok: ['✔', 'green'],
  warn: ['▲', 'yellow'],
  fail: ['✖', 'red'],
  unknown: ['?', 'magenta'],
  skipped: ['·', 'dim'],
}

/** `✔ ok`, padded to the longest verdict. */
export function verdictMark(terminal: Terminal, verdict: FindingVerdict): string {
  const [mark, style] = MARKS[verdict]
  return terminal.paint(style, `${mark} ${verdict.padEnd(7)}`)
}

/** Rows under each other in columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, visible(cell))
  }
  return rows.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visible(cell)))
      .join('  ')
      .trimEnd(),
  )
}

function visible(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  return text.replace(/\u001b\[[\d;]*m/g, '').length
}
