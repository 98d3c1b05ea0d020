/** A gateway's log made from a seed, with decoys in its texts, and what a correct reader must find in it. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

export interface LogTruth {
  records: number
  errors: number
  warnings: number
  connected: number
  disconnected: number
  requests: number
  failedRequests: number
  /** Milliseconds, unordered. */
  readonly durations: number[]
  readonly turns: number[]
  readonly errorsByMethod: Map<string, number>
}

export interface LogPlan {
  readonly seed: number
  /** Milliseconds since the epoch of the first record. */
  readonly from: number
  readonly lines: number
  readonly millisecondsPerLine: number
}

export interface GeneratedLine {
  readonly at: number
  readonly text: string
}

/** The lines, and the truth about those within (since, until]. */
export function* generateLog(plan: LogPlan, truth: LogTruth, since: number, until: number): Generator<GeneratedLine> {
  const random = generator(plan.seed)
  const pick = <const T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0]
  let at = plan.from
  for (let line = 0; line < plan.lines; line += 1) {
    at += Math.round(random() * 2 * plan.millisecondsPerLine)
    const isInside = at > since && at <= until
    const count = (change: () => void): void => {
      if (isInside) change()
    }
    count(() => {
      truth.records += 1
    })
    const head = new Date(at).toISOString()
    const duration = Math.round(random() * 20_000) / 10
    const kind = random()
    if (kind < 0.02) {
      const method = pick(['session/new', 'session/prompt', 'session/load', 'initialize'])
      const code = pick(['-32603', '-32602', '-32601'])
      count(() => {
        truth.errors += 1
        truth.requests += 1
        if (code === '-32603') truth.failedRequests += 1
        ;(method === 'session/prompt' ? truth.turns : truth.durations).push(duration)
        truth.errorsByMethod.set(method, (truth.errorsByMethod.get(method) ?? 0) + 1)
      })
      yield {
        at,
        text: `${head} ERROR ${method} conn=${line} code=${code} error="it \\"broke\\" at ${line}" duration=${duration}`,
      }
    } else if (kind < 0.05) {
      count(() => {
        truth.warnings += 1
      })
      yield { at, text: `${head} WARN slow_answer conn=${line} note="ERROR duration=77 connected"` }
    } else if (kind < 0.12) {
      const event = pick(['connected', 'disconnected'])
      count(() => {
        truth[event] += 1
      })
      yield { at, text: `${head} INFO ${event} conn=${line} pid=${line} active=2` }
    } else if (kind < 0.6) {
      const method = pick(['session/new', 'session/list', 'initialize', 'session/prompt'])
      count(() => {
        truth.requests += 1
        ;(method === 'session/prompt' ? truth.turns : truth.durations).push(duration)
      })
      yield { at, text: `${head} INFO ${method} conn=${line} session=ses_${line}abc duration=${duration}` }
    } else if (kind < 0.8) {
      yield {
        at,
        text: `${head} INFO tool_call session=ses_${line} title="ERROR not connected 🚀" status=completed duration=5`,
      }
    } else {
      yield {
        at,
        text: `${head} INFO session_opened session=ses_${line} cwd="/srv/données/ERROR level=ERROR duration=9"`,
      }
    }
  }
}

export function emptyTruth(): LogTruth {
  return {
    records: 0,
    errors: 0,
    warnings: 0,
    connected: 0,
    disconnected: 0,
    requests: 0,
    failedRequests: 0,
    durations: [],
    turns: [],
    errorsByMethod: new Map(),
  }
}

/** Writes lines to a file in pieces, so that a log of any size needs little memory. */
export async function writeLog(path: string, lines: Iterable<GeneratedLine>): Promise<void> {
  const file = createWriteStream(path)
  let piece = ''
  for (const { text } of lines) {
    piece += `${text}\n`
    if (piece.length < 1_000_000) continue
    if (!file.write(piece)) await once(file, 'drain')
    piece = ''
  }
  file.end(piece)
  await once(file, 'finish')
}

/** mulberry32: small, and the same on every machine. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
