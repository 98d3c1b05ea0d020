/** `ops incident …`: takes out what belongs to a terminal, and reads the rest as Slack's words are read. */
import { durationMs } from '../domain/calendar.ts'
import { parseIncidentWords } from '../domain/incident/words.ts'
import type { IncidentCliCommand } from '../domain/response-commands.ts'
import { usageError } from './exit-codes.ts'

export interface IncidentWords {
  /** Null when the help is asked for. */
  readonly command: IncidentCliCommand | null
  readonly json: boolean
}

const SWITCHES = ['--json', '--help', '-h']
const VALUES = ['--as', '--output']

/** @param words what follows `incident`. Throws OpsError operator with the line that would be right. */
export function readIncidentWords(words: readonly string[]): IncidentWords {
  const rest: string[] = []
  const found = new Map<string, string>()
  const queue = [...words]
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const [, name = '', inline] = /^(--[a-z]+)=([\s\S]*)$/.exec(word) ?? []
    if (SWITCHES.includes(word)) found.set(word, '')
    else if (VALUES.includes(word) || VALUES.includes(name)) {
      const option = VALUES.includes(word) ? word : name
      const value = VALUES.includes(word) ? queue.shift() : inline
      if (value === undefined || value === '') throw usageError(`${option} needs a value`, 'See ops help incident.')
      found.set(option, value)
    } else rest.push(word)
  }
  const json = found.has('--json')
  if (found.has('--help') || found.has('-h')) return { command: null, json }
  const as = found.get('--as') ?? null
  const output = found.get('--output') ?? null
  return { command: { verb: 'incident', request: requestOf(rest), as, output }, json }
}

function requestOf([first, ...rest]: readonly string[]): IncidentCliCommand['request'] {
  if (first !== 'statistics') return parseIncidentWords(first === undefined ? [] : [first, ...rest])
  if (rest.length === 0) return { kind: 'statistics', sinceMs: null }
  const [, inline] = /^--since=(.*)$/.exec(rest[0] ?? '') ?? []
  const ms = durationMs(inline ?? (rest[0] === '--since' ? (rest[1] ?? '') : ''))
  if (ms > 0) return { kind: 'statistics', sinceMs: ms }
  throw usageError(`"${rest.join(' ')}" is not understood`, 'Write ops incident statistics --since 90d.')
}
