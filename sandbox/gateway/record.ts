// Where everything that happens is written down: each event goes to the log, the metrics and,
// for use of the service, the database. Severity is decided here and nowhere else: a mistake of
// the client is a WARN and no error of the service.
import { randomUUID } from 'node:crypto'
import { CLIENT_CODES } from '../../domain/acp-codes.ts'
import { redact } from '../../domain/redact.ts'
import type { Child } from './child.ts'
import type { Exit } from './child-exit.ts'
import type { Answered, ToolCall, Witness } from './conversation.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Usage } from './usage.ts'

export type EndReason = 'delete' | 'idle' | 'stalled' | 'agent_exit' | 'shutdown'
export type Recorder = ReturnType<typeof createRecorder>

type Parts = Readonly<{ log: Log; metrics: Metrics; usage: Usage; gateway: string; run: string }>

/** The answer to what is pending when the service is told to stop: a planned stop is no fault of the service (T88). */
export const STOPPING = -32050

// A client chooses the method's name; a label may not have endless values.
const METHODS: ReadonlySet<string> = new Set(
  ['initialize', 'authenticate'].concat(
    ['new', 'load', 'resume', 'fork', 'list', 'close', 'set_mode', 'set_model', 'set_config_option'].map(
      verb => `session/${verb}`,
    ),
  ),
)

export function createRecorder({ log, metrics, usage, gateway, run }: Parts) {
  /** What one connection's conversation is told to; its events carry the connection's number. */
  const witness = (conn: number): Witness => {
    const openedAt = new Map<string, string>()
    const session = (id: string, closedBy?: 'request' | 'disconnect') => {
      const now = new Date().toISOString()
      const opened_at = openedAt.get(id) ?? now
      if (closedBy) openedAt.delete(id)
      else openedAt.set(id, opened_at)
      usage.save('sessions', id, {
        id,
        opened_at,
        closed_at: closedBy ? now : null,
        closed_by: closedBy ?? null,
        connection: conn,
        gateway,
        run,
      })
    }
    return {
      answered: request => answered(conn, request),
      sessionOpened: id => session(id),
      sessionClosed: session,
      toolCall: call => toolCall(conn, call),
    }
  }

  const answered = (conn: number, { method, session, durationMs, code, error, isUnknownSession }: Answered) => {
    const isClientError = code !== undefined && (CLIENT_CODES.has(code) || isUnknownSession)
    const outcome = code === undefined ? 'ok' : isClientError ? 'client_error' : 'error'
    const isFault = outcome === 'error' && code !== STOPPING
    const duration = Math.round(durationMs * 10) / 10
    log.write(outcome === 'ok' ? 'INFO' : isFault ? 'ERROR' : 'WARN', method, {
      conn,
      session,
      code,
      error: error === undefined ? undefined : redact(error).slice(0, 200),
      duration,
    })
    metrics.requests.inc({ outcome: isFault ? 'error' : 'ok' })
    if (code !== undefined) (isFault ? metrics.serverErrors : metrics.clientErrors).inc({ code })
    if (method === 'session/prompt') metrics.turnSeconds.observe(durationMs / 1000)
    else metrics.requestSeconds.observe({ method: METHODS.has(method) ? method : 'other' }, durationMs / 1000)
    const id = randomUUID()
    usage.save('requests', id, {
      id,
      at: new Date().toISOString(),
      method: redact(method).slice(0, 100),
      duration_ms: duration,
      outcome,
      code: code ?? null,
      session: session ?? null,
      connection: conn,
      gateway,
    })
  }

  const toolCall = (conn: number, { session, id, title, status }: ToolCall) => {
    const shown = redact(title).slice(0, 80)
    log.write(status === 'failed' ? 'WARN' : 'INFO', 'tool_call', {
      conn,
      session,
      toolCallId: id,
      title: shown,
      status,
    })
    if (status === 'completed' || status === 'failed') metrics.tools.inc({ outcome: status })
    usage.save('tool_calls', `${session} ${id}`, { session, id, at: new Date().toISOString(), title: shown, status })
  }

  return {
    witness,
    connected(conn: number, pid: number, active: number): void {
      metrics.connectionsOpened.inc()
      log.write('INFO', 'connected', { conn, pid, active })
    },
    disconnected(conn: number, pid: number | undefined, active: number, reason: EndReason): void {
      metrics.connectionsClosed.inc({ reason })
      log.write(reason === 'stalled' ? 'ERROR' : 'INFO', 'disconnected', { conn, pid, active, reason })
    },
    /** A request that HTTP refused before it was one of ACP: 503 is the service's fault, 4xx the client's. */
    refused(method: string, status: number, error: string): void {
      const isClientError = status < 500
      log.write(isClientError ? 'WARN' : 'ERROR', 'refused', { method, status, error })
      metrics.requests.inc({ outcome: isClientError ? 'ok' : 'error' })
      if (isClientError) metrics.clientErrors.inc({ code: status })
      else metrics.serverErrors.inc({ code: status })
    },
    agentStarted(child: Child): void {
      metrics.agentsSpawned.inc()
      log.write('INFO', 'agent_start', { pid: child.pid, slot: child.slot })
    },
    agentReady(child: Child, duration: number): void {
      log.write('INFO', 'agent_ready', { pid: child.pid, slot: child.slot, duration: Math.round(duration) })
    },
    agentExited(child: Child, { code, signal, reason, hint }: Exit): void {
      metrics.agentExits.inc({ reason })
      const isCrash = reason === 'crash'
      log.write(isCrash || reason === 'unhealthy' ? 'ERROR' : 'INFO', 'agent_exit', {
        pid: child.pid,
        code: String(code),
        signal: String(signal),
        reason,
        // A child that never answered has seen no prompt that its last words could quote.
        error: isCrash && !child.hasSpoken() ? hint : undefined,
      })
    },
  }
}
