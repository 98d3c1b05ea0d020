/** Questions to a server that answers in JSON, with a deadline, bounded, in the words of the house when it fails. */
import type { z } from 'zod'
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'
import { fetchFailure } from './fetch-failure.ts'

const MAX_BYTES = 4_194_304

export interface Question {
  /** For messages: "Alertmanager". */
  readonly of: string
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly deadlineMs?: number
  readonly hint: string
}

/** A server at a base address. */
export interface JsonService {
  question(path: string, rest?: Partial<Question>): Question
  /** Throws OpsError: owner `host` when it does not answer, `tool` for a refusal or an answer of another shape. */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>
  /** What a successful answer says. Throws OpsError (tool) when it has another shape. */
  understood<T>(schema: z.ZodType<T>, body: unknown): T
}

export interface JsonServiceSettings {
  /** For messages: "Alertmanager". */
  readonly of: string
  readonly baseUrl: string
  /** What to do when it does not answer. */
  readonly hint: string
  /** What to do when it answers something else. */
  readonly otherHint: string
}

export interface JsonAnswer {
  readonly status: number
  /** Undefined for an answer that is no JSON. */
  readonly body: unknown
}

export function jsonService({ of, baseUrl, hint, otherHint }: JsonServiceSettings): JsonService {
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`
  const service: JsonService = {
    question: (path, rest = {}) => ({ of, url: new URL(path, base).href, hint, ...rest }),
    async get(path, schema) {
      const asked = service.question(path)
      return service.understood(schema, succeeded(asked, await ask(asked)))
    },
    understood(schema, body) {
      const result = schema.safeParse(body)
      if (result.success) return result.data
      const [issue] = result.error.issues
      throw new OpsError({
        owner: 'tool',
        message: `${of} answered something else: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
        hint: otherHint,
      })
    },
  }
  return service
}

/** Any status is an answer. Throws OpsError (host) when there is none. */
export async function ask(question: Question): Promise<JsonAnswer> {
  const { of, url, method = 'GET', deadlineMs = 5_000, hint } = question
  try {
    const response = await fetch(url, { method, signal: AbortSignal.timeout(deadlineMs) })
    return { status: response.status, body: parsed(await boundedText(response)) }
  } catch (cause) {
    const message = `${of} at ${redact(url)} does not answer: ${fetchFailure(cause, deadlineMs)}`
    throw new OpsError({ owner: 'host', message, hint }, { cause })
  }
}

/** Throws OpsError unless the answer is a success: owner `host` for its own trouble, `tool` for ours. */
export function succeeded({ of, hint }: Question, { status, body }: JsonAnswer): unknown {
  if (status >= 200 && status < 300) return body
  const words = typeof body === 'string' ? body : JSON.stringify(body ?? '')
  const message = `${of} answered ${status}: ${redact(words.slice(0, 200))}`
  throw new OpsError({ owner: status >= 500 ? 'host' : 'tool', message, hint })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`longer than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
