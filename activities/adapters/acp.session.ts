/**
 * One short conversation over HTTP: a session, and a prompt in it when one is given. Answers come on event streams, one of the
 * connection and one of the session; the connection is closed whatever happens, for each holds a process at the gateway.
 */
import { OpsError } from '../../domain/failures.ts'
import { head, MAX_ANSWER_BYTES } from './acp.exchange.ts'
import { errorAnswer, INITIALIZE, initializeAnswer, promptAnswer, sessionAnswer } from './acp.schema.ts'
import { fetchFailure } from './fetch-failure.ts'

export interface Conversation {
  readonly version: string
  /** Why the turn ended; null when no prompt was given. */
  readonly stopReason: string | null
}

export interface ConversationOptions {
  readonly url: string
  /** Folder that the session works in. */
  readonly cwd: string
  readonly prompt: string | null
  /** Milliseconds for all of it. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal
}

const CLOSE_MS = 2_000
/** A turn streams every word of the agent; no scripted one comes near this. */
const MOST_BYTES = 4 * 1024 * 1024

/** Throws OpsError of owner `host` with what went wrong and in which step. */
export async function converse({ url, cwd, prompt, deadlineMs, signal }: ConversationOptions): Promise<Conversation> {
  const deadline = AbortSignal.timeout(deadlineMs)
  const streams = new AbortController()
  const either = AbortSignal.any([deadline, streams.signal, ...(signal === undefined ? [] : [signal])])
  let connection: string | null = null
  let step = 'initialize'
  const ask = async (id: number, method: string, params: object, session: string | null): Promise<unknown> => {
    step = method
    const headers = {
      'acp-connection-id': connection ?? '',
      ...(session === null ? {} : { 'acp-session-id': session }),
    }
    // The stream is open before the question, so that no answer is missed.
    const events = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: either })
    if (!events.ok) throw new Error(`HTTP ${events.status} to the event stream`)
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params })
    await accepted(
      await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        signal: either,
      }),
    )
    return await answerTo(id, events)
  }
  try {
    const hello = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: INITIALIZE,
      signal: either,
    })
    connection = hello.headers.get('acp-connection-id')
    const text = await hello.text()
    if (!hello.ok) throw new Error(`HTTP ${hello.status} ${head(text)}`)
    const { agentInfo } = parsed(initializeAnswer, JSON.parse(text.slice(0, MAX_ANSWER_BYTES))).result
    const opened = parsed(sessionAnswer, await ask(2, 'session/new', { cwd, mcpServers: [] }, null))
    const { sessionId } = opened.result
    if (prompt === null) return { version: head(agentInfo.version), stopReason: null }
    const turn = await ask(3, 'session/prompt', { sessionId, prompt: [{ type: 'text', text: prompt }] }, sessionId)
    return { version: head(agentInfo.version), stopReason: parsed(promptAnswer, turn).result.stopReason }
  } catch (cause) {
    signal?.throwIfAborted()
    const why = deadline.aborted ? `no answer within ${deadlineMs / 1_000} s` : fetchFailure(cause, deadlineMs)
    throw new OpsError({
      owner: 'host',
      message: `${step} failed: ${head(why)}`,
      hint: 'See the log of the service on this host.',
    })
  } finally {
    streams.abort()
    await close(url, connection)
  }
}

async function accepted(response: Response): Promise<void> {
  const text = await response.text()
  if (!response.ok) throw new Error(`HTTP ${response.status} ${head(text)}`)
}

/** The first message of the stream that answers the question of this id. */
async function answerTo(id: number, events: Response): Promise<unknown> {
  const decoder = new TextDecoder()
  let rest = ''
  let size = 0
  for await (const chunk of events.body ?? []) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Error('the answer is longer than 4 MiB')
    rest += decoder.decode(chunk, { stream: true }).replaceAll('\r\n', '\n')
    const parts = rest.split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const message = messageOf(part)
      if (
        typeof message === 'object' &&
        message !== null &&
        'id' in message &&
        message.id === id &&
        !('method' in message)
      ) {
        return message
      }
    }
  }
  throw new Error('the event stream ended before the answer')
}

function messageOf(event: string): unknown {
  const data = event
    .split('\n')
    .filter(line => line.startsWith('data:'))
    .map(line => line.slice(5).trimStart())
    .join('\n')
  try {
    return JSON.parse(data)
  } catch {
    return null
  }
}

interface Shape<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false }
}

function parsed<T>(shape: Shape<T>, value: unknown): T {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const error = errorAnswer.safeParse(value)
  throw new Error(
    error.success
      ? `JSON-RPC error ${error.data.error.code}: ${head(error.data.error.message)}`
      : `an answer of another form: ${head(JSON.stringify(value) ?? '')}`,
  )
}

async function close(url: string, connection: string | null): Promise<void> {
  if (connection === null) return
  const options = {
    method: 'DELETE',
    headers: { 'acp-connection-id': connection },
    signal: AbortSignal.timeout(CLOSE_MS),
  }
  await fetch(url, options)
    .then(response => response.body?.cancel())
    .catch(() => undefined)
}
