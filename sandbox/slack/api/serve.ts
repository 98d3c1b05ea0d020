/** The Web API over HTTP: `POST|GET /api/<method>`, form or JSON, a bearer token, 200 also for a refusal. */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallFault, Faults } from '../faults.ts'
import { readBody, sendJson, sendText } from '../http.ts'
import { fieldsOf, parseJson } from '../json.ts'
import type { RateLimits } from '../rate.ts'
import { Args } from './args.ts'
import { channels } from './channels.ts'
import { chat } from './chat.ts'
import { conversations } from './conversations.ts'
import { ApiError } from './error.ts'
import { marks } from './marks.ts'
import type { Method, Methods, Parts } from './method.ts'
import { people } from './people.ts'
import { views } from './views.ts'

export const METHODS: Methods = { ...people, ...chat, ...conversations, ...channels, ...views, ...marks }

export interface ApiParts extends Parts {
  readonly token: string
  readonly faults: Faults
  readonly rate: RateLimits
  /** Calls of each method since the start, also the refused ones. */
  readonly calls: Map<string, number>
  /** Of these, the ones answered with 429. */
  readonly limited: Map<string, number>
}

const PROXY_PAGE = '<!doctype html><title>Sign in</title><h1>Sign in to the network</h1>'

export async function serveApi(parts: ApiParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in')
  const name = decodeURIComponent(pathname.slice('/api/'.length))
  parts.calls.set(name, (parts.calls.get(name) ?? 0) + 1)
  if (parts.switches.down) return drop(request)
  const body = await readBody(request)
  const type = request.headers['content-type'] ?? ''
  const given = type.includes('json') ? fieldsOf(parseJson(body)) : formOf(body)
  const args = new Args({ ...Object.fromEntries(searchParams), ...given })
  const method = METHODS[name]
  const headers = headersOf(parts, method)

  const refusal = refuse(parts, name, method, request, args)
  if (refusal?.code === 'ratelimited') {
    parts.limited.set(name, (parts.limited.get(name) ?? 0) + 1)
    const retryAfter = String(refusal.extra.retryAfter)
    return sendJson(response, 429, { ok: false, error: 'ratelimited' }, { ...headers, 'Retry-After': retryAfter })
  }
  if (refusal !== undefined || method === undefined) {
    return sendJson(response, 200, { ok: false, error: refusal?.code ?? 'unknown_method', ...refusal?.extra }, headers)
  }
  const faults = parts.faults.forCall(name)
  for (const fault of faults) if (await strike(fault, request, response, headers)) return
  const answer = run(method, args, parts)
  if (faults.some(({ kind }) => kind === 'reset-after')) return drop(request)
  sendJson(response, 200, answer, headers)
}

/** Does what was ordered before the call is carried out; true when there is nothing more to answer. */
export async function strike(
  fault: CallFault,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  switch (fault.kind) {
    case 'reset-before':
      drop(request)
      return true
    case 'reset-after':
      return false
    case 'delay':
      await sleep(fault.ms)
      return request.destroyed && response.destroyed
    case 'status':
      sendText(response, fault.status, 'text/plain', 'stand-in: an ordered fault')
      return true
    case 'html':
      sendText(response, 200, 'text/html', PROXY_PAGE)
      return true
    case 'ratelimited': {
      const retry: Record<string, string> = fault.retryAfter === null ? {} : { 'Retry-After': String(fault.retryAfter) }
      sendJson(response, 429, { ok: false, error: 'ratelimited' }, { ...headers, ...retry })
      return true
    }
    case 'error':
      sendJson(response, 200, { ok: false, error: fault.error }, headers)
      return true
  }
}

/** Ends the connection as a broken network does: without a word. */
export function drop(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}

function run(method: Method, args: Args, parts: Parts): Readonly<Record<string, unknown>> {
  try {
    return { ok: true, ...method.run(args, parts) }
  } catch (error) {
    if (error instanceof ApiError) return { ok: false, error: error.code, ...error.extra }
    throw error
  }
}

function refuse(
  parts: ApiParts,
  name: string,
  method: Method | undefined,
  request: IncomingMessage,
  args: Args,
): ApiError | undefined {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? args.text('token')
  if (token === undefined && name !== 'api.test') return new ApiError('not_authed')
  if (token !== undefined && !isSame(token, parts.token)) return new ApiError('invalid_auth')
  if (method === undefined) return new ApiError('unknown_method', { req_method: name })
  const { scope } = method
  if (scope !== null && !parts.scopes.has(scope))
    return new ApiError('missing_scope', { needed: scope, provided: [...parts.scopes].join(',') })
  if (!parts.switches.rate) return undefined
  const retryAfter = parts.rate.take(name, method.tier, args.text('channel'))
  return retryAfter === undefined ? undefined : new ApiError('ratelimited', { retryAfter })
}

export function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

function headersOf(parts: ApiParts, method: Method | undefined): Readonly<Record<string, string>> {
  return {
    'x-oauth-scopes': [...parts.scopes].join(','),
    'x-accepted-oauth-scopes': method?.scope ?? '',
    'x-slack-req-id': randomUUID().replaceAll('-', ''),
  }
}

function formOf(body: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(body))
}
