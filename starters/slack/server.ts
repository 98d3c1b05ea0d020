/**
 * The HTTP side of the door. What is not Slack's is answered alike, whatever is wrong with it; what is, goes to Bolt, which
 * checks the signature once more and knows Slack's dialects.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { parse as parseForm } from 'node:querystring'
import type { DoorLog } from './door.ts'
import type { Guard } from './guard.ts'
import type { Lateness } from './lateness.ts'
import type { DoorMetrics } from './metrics.ts'
import { type Incoming, readIncoming } from './payloads.ts'
import type { Arrival } from './router.ts'

export const EVENTS_PATH = '/slack/events'
/** Slack's largest payload, a submitted form with its view, is a fraction of it. */
const MOST_BYTES = 1_000_000

export interface ServerParts {
  readonly guard: Guard
  readonly lateness: Lateness
  readonly metrics: DoorMetrics
  readonly log: DoorLog
  /** Takes a request that was admitted, with its body in `rawBody`. */
  readonly receive: (request: IncomingMessage, response: ServerResponse, admitted: Admitted) => void
}

export interface Admitted {
  /** Which one signed it. */
  readonly secret: string
  readonly arrival: Arrival
  /** Null for the challenge, which Bolt answers. */
  readonly incoming: Incoming | null
}

export function createSlackListener(parts: ServerParts): RequestListener {
  return (request, response) => {
    admit(parts, request, response).catch((error: unknown) => {
      parts.log.warn({ err: error }, 'a request broke off')
      if (response.headersSent) response.destroy()
      else answer(response, 400)
    })
  }
}

async function admit(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { guard, lateness, metrics, receive } = parts
  const at = performance.now()
  if (URL.parse(request.url ?? '', 'http://ops')?.pathname !== EVENTS_PATH || request.method !== 'POST') {
    metrics.refused('path')
    answer(response, 404)
    return
  }
  const body = await readBody(request)
  if (body === null) {
    metrics.refused('size')
    // The rest of the body is not waited for.
    response.setHeader('connection', 'close')
    answer(response, 413)
    return
  }
  // Unsigned, by Slack's own rule; nothing that comes with it is looked at.
  if (isUnsigned(request) && isForm(request) && parseForm(body.toString()).ssl_check === '1') {
    answer(response, 200)
    return
  }
  const now = Date.now()
  const admission = guard.admit(request.headers, body, now)
  if (admission.kind === 'refused') {
    metrics.refused(admission.reason)
    parts.log.warn({ reason: admission.reason }, 'a request was refused')
    // A proxy that repeats itself is told that all is well: the first copy is being served.
    answer(response, admission.reason === 'replay' ? 200 : 401)
    return
  }
  // What nobody has vouched for is not even read.
  const parsed = parseBody(request, body)
  if (field(parsed, 'ssl_check') === '1') {
    answer(response, 200)
    return
  }
  const incoming = readIncoming(parsed)
  if (incoming === null && !isChallenge(parsed)) {
    metrics.refused('malformed')
    answer(response, 400)
    return
  }
  // A proxy may add the charset; Bolt compares the whole text.
  const type = (request.headers['content-type'] ?? '').split(';')[0] ?? ''
  request.headers['content-type'] = type.trim().toLowerCase()
  const sentAt = new Date(admission.sentAt).toISOString()
  const arrival = { at, ageMs: lateness.ageOf(admission.sentAt, now), sentAt }
  receive(Object.assign(request, { rawBody: body }), response, { secret: admission.secret, arrival, incoming })
}

/** Null when it is too large. Throws when the sender breaks off. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return null
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > MOST_BYTES) return null
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

/** As Bolt will read it; null for what cannot be read. */
function parseBody(request: IncomingMessage, body: Buffer): unknown {
  try {
    const text = body.toString()
    if (!isForm(request)) return JSON.parse(text)
    const form = parseForm(text)
    return typeof form.payload === 'string' ? JSON.parse(form.payload) : { ...form }
  } catch {
    return null
  }
}

function isForm({ headers }: IncomingMessage): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
}

function isUnsigned({ headers }: IncomingMessage): boolean {
  return (headers['x-slack-signature'] ?? '') === ''
}

function isChallenge(parsed: unknown): boolean {
  return field(parsed, 'type') === 'url_verification' && typeof field(parsed, 'challenge') === 'string'
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}

/** Listens on ADDRESS:PORT; port 0 takes any. */
export async function listen(listener: RequestListener, address: string): Promise<Server> {
  const server = createServer(listener)
  // A sender that dawdles holds no connection: Slack sends at once.
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  server.keepAliveTimeout = 60_000
  const colon = address.lastIndexOf(':')
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(Number(address.slice(colon + 1)), address.slice(0, colon), resolve)
  })
  return server
}

/** What is under way may end; a connection that idles is closed. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
