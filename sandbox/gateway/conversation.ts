// What one connection says, read from the JSON-RPC messages that pass: requests and their
// answers, sessions opened and closed, tool calls. It only watches; a method it does not know
// is a request like any other. Answers come in any order and are matched by id.
import type { AnyMessage } from '@agentclientprotocol/sdk'
import { INVALID_REQUEST_CODES } from '../../domain/acp-codes.ts'

export type Answered = Readonly<{
  method: string
  session?: string | undefined
  durationMs: number
  code?: number
  error?: string
  isUnknownSession: boolean
}>
export type ToolCall = Readonly<{ session: string; id: string; title: string; status: string }>
export type Witness = Readonly<{
  answered(request: Answered): void
  sessionOpened(session: string): void
  sessionClosed(session: string, by: 'request' | 'disconnect'): void
  toolCall(call: ToolCall): void
}>

type Pending = Readonly<{ id: string | number | null; method: string; session: string | undefined; at: number }>

// After these a child is as it was before: it may serve the next connection.
const LEAVES_NO_TRACE: ReadonlySet<string> = new Set(['initialize', 'session/list'])
const OPENS: ReadonlySet<string> = new Set(['session/new', 'session/load', 'session/resume', 'session/fork'])
const CLOSES: ReadonlySet<string> = new Set(['session/close', 'session/delete'])

export function createConversation(witness: Witness) {
  const pending = new Map<string, Pending>()
  const sessions = new Set<string>()
  const tools = new Map<string, Map<string, ToolCall>>()
  let isUsed = false

  const settle = (
    request: Pending,
    result: unknown,
    error: Readonly<{ code?: unknown; message?: unknown; data?: unknown }> | undefined,
  ) => {
    const code = typeof error?.code === 'number' ? error.code : error ? -32603 : undefined
    // An agent that refuses an invalid request has not begun it. The client's other mistakes are told apart only while
    // it works: a prompt that was cancelled has left its traces.
    if (!LEAVES_NO_TRACE.has(request.method) && !(code !== undefined && INVALID_REQUEST_CODES.has(code))) isUsed = true
    const session = request.session ?? text(result, 'sessionId')
    witness.answered({
      method: request.method,
      session,
      durationMs: performance.now() - request.at,
      ...(code === undefined ? {} : { code, error: String(error?.message ?? '') }),
      // OpenCode answers a session id that it does not know with -32603: the client's mistake in
      // a code that otherwise means an outage.
      isUnknownSession:
        code === -32603 &&
        OPENS.has(request.method) &&
        request.method !== 'session/new' &&
        text(error?.data, 'service') === 'session',
    })
    if (code !== undefined || session === undefined) return
    if (OPENS.has(request.method) && !sessions.has(session)) {
      sessions.add(session)
      witness.sessionOpened(session)
    }
    if (CLOSES.has(request.method) && sessions.delete(session)) witness.sessionClosed(session, 'request')
  }

  const sawToolCall = (params: unknown) => {
    const update = field(params, 'update')
    const session = text(params, 'sessionId')
    const id = text(update, 'toolCallId')
    const status = text(update, 'status')
    if (!session || !id || !status || status === tools.get(session)?.get(id)?.status) return
    // Loading a session replays its history: only a turn that runs makes tool calls.
    if (![...pending.values()].some(request => request.method === 'session/prompt' && request.session === session))
      return
    // The first title is the tool's name; later ones are its input, which holds code and secrets.
    const call = { session, id, title: tools.get(session)?.get(id)?.title ?? text(update, 'title') ?? '', status }
    tools.set(session, (tools.get(session) ?? new Map()).set(id, call))
    witness.toolCall(call)
  }

  return {
    sessions: (): number => sessions.size,
    /** Sessions that were asked for and may be open in a moment. */
    opening: (): number => [...pending.values()].filter(({ method }) => method === 'session/new').length,
    pending: (): readonly Pending[] => [...pending.values()],
    /** Whether the child behind this connection can serve another one as it is. */
    isChildClean: (): boolean => !isUsed && [...pending.values()].every(request => LEAVES_NO_TRACE.has(request.method)),
    fromClient(message: AnyMessage): void {
      if (!('method' in message) || !('id' in message) || typeof message.method !== 'string') return
      pending.set(JSON.stringify(message.id), {
        id: message.id,
        method: message.method,
        session: text(message.params, 'sessionId'),
        at: performance.now(),
      })
    },
    fromAgent(message: AnyMessage): void {
      if ('method' in message) {
        if (
          message.method === 'session/update' &&
          text(field(message.params, 'update'), 'sessionUpdate')?.startsWith('tool_call')
        )
          sawToolCall(message.params)
        return
      }
      const key = JSON.stringify(message.id)
      const request = pending.get(key)
      if (!request) return
      pending.delete(key)
      if (request.method === 'session/prompt' && request.session) tools.delete(request.session)
      settle(request, 'result' in message ? message.result : undefined, 'error' in message ? message.error : undefined)
    },
    /** Ends the conversation: sessions of it are closed. */
    end(): void {
      for (const session of sessions) witness.sessionClosed(session, 'disconnect')
      sessions.clear()
    },
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined

const text = (value: unknown, name: string): string | undefined => {
  const found = field(value, name)
  return typeof found === 'string' ? found : undefined
}
