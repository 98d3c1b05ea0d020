/** Times at the beginning of log lines. Millions of them are read, and neighbours share their minute, so that is remembered. */

/** Milliseconds since the epoch of the time that stands between two places of a text, or NaN. */
export type TimeParser = (text: string, start: number, end: number) => number

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)$/

/** `2026-11-23T04:02:02.856Z` is read by hand; every other ISO form by Date. */
export function createTimeParser(): TimeParser {
  let minute = '\n'
  let minuteAt = Number.NaN
  return (text, start, end) => {
    if (end - start === 24 && text.charCodeAt(end - 1) === 0x5a && text.charCodeAt(start + 19) === 0x2e) {
      if (!text.startsWith(minute, start)) {
        const next = text.slice(start, start + 17)
        minuteAt = Date.parse(`${next}00.000Z`)
        minute = Number.isNaN(minuteAt) ? '\n' : next
      }
      const seconds = digits(text, start + 17, 2)
      return minute === '\n' || seconds > 60 ? Number.NaN : minuteAt + seconds * 1_000 + digits(text, start + 20, 3)
    }
    const word = text.slice(start, end)
    return end - start < 40 && ISO.test(word) ? Date.parse(word.replace(',', '.')) : Number.NaN
  }
}

function digits(text: string, start: number, length: number): number {
  let value = 0
  for (let index = start; index < start + length; index += 1) {
    const digit = text.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}
