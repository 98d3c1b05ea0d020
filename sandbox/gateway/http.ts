// The HTTP door: POST, GET and DELETE on /acp, /healthz, /metrics, and 404 for all else. A check
// of health or metrics touches no agent and opens no connection.
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

export function createHttp({ connections, maxBody, registry, recorder, health }: HttpParts): Server {
  const acp = createNodeHttpHandler(connections, { maxRequestBodyBytes: maxBody })
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]
    if (path === '/acp') return handleAcp(request, response)
    if (path === '/healthz' && request.method === 'GET') {
      const report = health()
      return send(response, report.status === 'ok' ? 200 : 503, 'application/json', JSON.stringify(report))
    }
    if (path === '/metrics' && request.method === 'GET') {
      registry.metrics().then(
        text => send(response, 200, registry.contentType, text),
        () => send(response, 500, 'text/plain', 'the metrics could not be collected'),
      )
      return
    }
    send(
      response,
      404,
      'application/json',
      JSON.stringify({ error: 'not found', hint: 'ACP is at /acp, health at /healthz, metrics at /metrics' }),
    )
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
