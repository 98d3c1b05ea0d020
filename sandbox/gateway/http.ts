// The HTTP doors: one with POST, GET and DELETE on /acp, /healthz, /metrics, and 404 for all else,
// and one for monitoring that has no /acp. A check of health or metrics touches no agent and opens
// no connection.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createNodeHttpHandler } from '@agentclientprotocol/sdk/experimental/node'
import type { Registry } from 'prom-client'
import type { Connections } from './connections.ts'
import type { Recorder } from './record.ts'

export type HttpParts = Readonly<{
  connections: Connections
  maxBody: number
  registry: Registry
  recorder: Recorder
  health(): Readonly<{ status: string }>
}>

/** What may be seen of the service from other machines: health and figures. */
export function createWatch(parts: Pick<HttpParts, 'registry' | 'health'>): Server {
  return createServer((request, response) => {
    if (!answerWatcher(parts, request, response)) notFound(response, 'Health is at /healthz, metrics at /metrics')
  })
}

/** Whether the request was about health or figures. */
function answerWatcher(
  { registry, health }: Pick<HttpParts, 'registry' | 'health'>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const path = pathOf(request)
  if (request.method !== 'GET') return false
  if (path === '/healthz') {
    const report = health()
    send(response, report.status === 'ok' ? 200 : 503, 'application/json', JSON.stringify(report))
    return true
  }
  if (path !== '/metrics') return false
  registry.metrics().then(
    text => send(response, 200, registry.contentType, text),
    () => send(response, 500, 'text/plain', 'the metrics could not be collected'),
  )
  return true
}

function pathOf(request: IncomingMessage): string | undefined {
  return (request.url ?? '/').split('?', 1)[0]
}

function notFound(response: ServerResponse, hint: string): void {
  send(response, 404, 'application/json', JSON.stringify({ error: 'not found', hint }))
}

export function createHttp(parts: HttpParts): Server {
  const { connections, maxBody, recorder } = parts
  const acp = createNodeHttpHandler(connections, { maxRequestBodyBytes: maxBody })
  const server = createServer((request, response) => {
    if (pathOf(request) === '/acp') return handleAcp(request, response)
    if (answerWatcher(parts, request, response)) return
    notFound(response, 'ACP is at /acp, health at /healthz, metrics at /metrics')
  })

  const handleAcp = (request: IncomingMessage, response: ServerResponse) => {
    // A page in a browser may not speak to an agent that runs commands; other clients send no Origin.
    if (request.headers.origin !== undefined) {
      send(response, 403, 'text/plain', 'requests from web pages are refused')
    } else {
      acp(request, response)
    }
    response.once('finish', () => {
      // Who deletes a connection that is gone already has what was wanted.
      const isGone = request.method === 'DELETE' && response.statusCode === 404
      if (response.statusCode >= 400 && !isGone)
        recorder.refused(`http_${request.method}`, response.statusCode, response.statusMessage)
    })
  }

  // Longer than any client keeps an idle socket: one closed at the moment of its reuse is an
  // error at the client that nobody can explain.
  server.keepAliveTimeout = 65_000
  return server
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body)
}
