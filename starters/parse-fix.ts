/** Words about fixes into commands (S48). */
import { durationMs } from '../domain/calendar.ts'
import { DEFAULT_WATCH_SECONDS, LONGEST_WATCH_SECONDS, parseReproduction } from '../domain/fixes/fix.ts'
import { redact } from '../domain/redact.ts'
import type { FixCommand } from '../domain/response-commands.ts'
import { usageError } from './exit-codes.ts'
import type { Words } from './read-words.ts'

export function parseFixWords(words: Words): FixCommand {
  const action = words.action(['list', 'register'], 'list')
  if (action === 'list') {
    words.noMore()
    return { verb: 'fix', action }
  }
  const source = sourceOf(words)
  words.noMore()
  const check = words.value('check')
  return {
    verb: 'fix',
    action,
    source,
    title: redact(words.need('title')),
    ci: ciOf(words),
    ciUrl: words.need('ci-url'),
    reproduction: check === null ? null : parseReproduction(check),
    watchSeconds: watchOf(words),
    as: words.value('as'),
  }
}

function sourceOf(words: Words) {
  const text = words.next()
  if (text === null) {
    throw usageError('nothing is named to register', 'Name a file with a JSON merge patch, or opencode-ai@VERSION.')
  }
  const [, version] = /^opencode-ai@(.+)$/.exec(text) ?? []
  return version === undefined ? ({ kind: 'file', path: text } as const) : ({ kind: 'version', version } as const)
}

function ciOf(words: Words): 'passed' | 'failed' {
  const ci = words.need('ci')
  if (ci === 'passed' || ci === 'failed') return ci
  throw usageError(`--ci "${ci}" is not known`, 'Write --ci passed or --ci failed, as the run at --ci-url says.')
}

/** `durationMs` knows minutes and more; a watch may be shorter. */
function watchOf(words: Words): number {
  const text = words.value('watch')
  if (text === null) return DEFAULT_WATCH_SECONDS
  const [, count] = /^(\d{1,5})s$/.exec(text) ?? []
  const seconds = count === undefined ? durationMs(text) / 1_000 : Number(count)
  if (seconds >= 1 && seconds <= LONGEST_WATCH_SECONDS) return seconds
  throw usageError(`"${text}" is no time to watch`, 'Write --watch 20s, 30m or 24h, at most a day.')
}
