/**
 * Text in a chat message. What people and machines wrote goes in as a plain string and comes out cleaned, redacted and
 * escaped; only what this folder builds is markup. So nobody's text ever mentions a person, calls a channel or makes a link.
 */
import { redact } from '../redact.ts'

/** Slack's mrkdwn, safe to send as it is. */
export interface Markup {
  readonly mrkdwn: string
}

/** Length of a piece of outside text where nothing else is said. */
const PIECE = 300

// C0 without tab and line feed, C1, soft hyphen, bidirectional marks and overrides, zero-width signs, invisible operators, tags.
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it takes out
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** Takes out what cannot be seen or turns the reading direction, then secrets: a secret with an invisible sign in it is still one. */
export function cleaned(text: string): string {
  const visible = text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replaceAll(INVISIBLE, '')
    .replaceAll('\t', ' ')
  return redact(visible)
}

/** The same on one line. */
export function oneLine(text: string): string {
  return cleaned(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
}

/** At most `max` UTF-16 units, never half a character; what was cut ends with an ellipsis. */
export function cut(text: string, max: number): string {
  return assembled(text, max, character => character)
}

/** Exactly `&`, `<` and `>`; the result has at most `max` units and never ends within an entity. */
export function escaped(text: string, max: number = Number.POSITIVE_INFINITY): string {
  return assembled(text, max, character => ENTITIES[character] ?? character)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function assembled(text: string, max: number, shape: (character: string) => string): string {
  let whole = ''
  // Where the ellipsis goes when the rest turns out not to fit.
  let fitting = 0
  for (const character of text) {
    whole += shape(character)
    if (whole.length > max) return `${whole.slice(0, fitting)}…`
    if (whole.length < max) fitting = whole.length
  }
  return whole
}

/** A backtick would open or close a code span, and with it hide what stands around it. */
function withoutBackticks(text: string): string {
  return text.replaceAll('`', 'ˋ')
}

/** Markup with outside text in it: strings are cleaned, put on one line and escaped; markup stays what it is. */
export function markup(fixed: TemplateStringsArray, ...values: readonly (string | number | Markup)[]): Markup {
  const mrkdwn = fixed.reduce((whole, part, index) => {
    const value = values[index - 1]
    return whole + (value === undefined ? '' : inserted(value)) + part
  })
  return { mrkdwn }
}

function inserted(value: string | number | Markup): string {
  return typeof value === 'object' ? value.mrkdwn : piece(String(value)).mrkdwn
}

/** One line of outside text of at most `max` units. */
export function piece(text: string, max: number = PIECE): Markup {
  return { mrkdwn: escaped(withoutBackticks(oneLine(text)), max) }
}

/** Outside text that keeps its lines. */
export function paragraph(text: string, max: number): Markup {
  return { mrkdwn: escaped(withoutBackticks(cleaned(text).trim()), max) }
}

/** Outside text in a code span: ids, digests, phone numbers, commands. */
export function code(text: string, max: number = PIECE): Markup {
  const inner = piece(text, max).mrkdwn
  return { mrkdwn: inner === '' ? '' : `\`${inner}\`` }
}

/** A moment in the reader's own zone; in UTC where it cannot be drawn. */
export function moment(iso: string): Markup {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return piece(iso, 40)
  const text = `${new Date(at).toISOString().slice(0, 19)}Z`
  return { mrkdwn: `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time_secs}|${text}>` }
}

export function joined(parts: readonly Markup[], separator: string): Markup {
  return { mrkdwn: parts.map(({ mrkdwn }) => mrkdwn).join(separator) }
}

/** As many whole lines as fit; the number of those left out takes the last place. Cutting within a line could break markup. */
export function fitted(lines: readonly Markup[], max: number): string {
  const all = joined(lines, '\n').mrkdwn
  if (all.length <= max) return all
  let whole = ''
  let taken = 0
  for (const { mrkdwn } of lines) {
    if (whole.length + mrkdwn.length + 1 > max - ROOM_FOR_REST) break
    whole += `${mrkdwn}\n`
    taken += 1
  }
  return `${whole}… ${lines.length - taken} more`
}

const ROOM_FOR_REST = 24
