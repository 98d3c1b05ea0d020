/** The small HTTP door of a worker process: health, metrics, and on the control plane the upload of artefacts. */
import { createServer, type IncomingMessage } from 'node:http'
import { collectDefaultMetrics, register } from 'prom-client'
import type { ProcessLogger } from './logging.ts'

export interface Answer {
  readonly status: number
  /** Bytes are sent as they are, everything else as JSON. */
  readonly body: unknown
}

/** `METHOD /path`, where the path may end in `/*`. */
export type Routes = Readonly<Record<string, (request: IncomingMessage, url: URL) => Promise<Answer>>>

export interface HttpDoor {
  close(): Promise<void>
}

/** Listens on ADDRESS:PORT. A route that throws answers 500; its text goes to the log, not to the caller. */
export async function serve(listen: string, logger: ProcessLogger, routes: Routes): Promise<HttpDoor> {
  collectDefaultMetrics()
  const server = createServer(async (request, response) => {
    try {
      // Some request lines are no address at all, such as "//"; they must not end the process.
      const url = URL.parse(request.url ?? '/', 'http://ops')
      if (url === null) {
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"not an address"}')
        return
      }
      if (request.method === 'GET' && url.pathname === '/metrics') {
        response.writeHead(200, { 'content-type': register.contentType }).end(await metrics(listen))
        return
      }
      const route = findRoute(routes, request.method ?? 'GET', url.pathname)
      const { status, body } =
        route === null ? { status: 404, body: { error: 'no such path' } } : await route(request, url)
      if (body instanceof Uint8Array) {
        const headers = { 'content-type': 'application/octet-stream', 'content-length': body.byteLength }
        response.writeHead(status, headers).end(body)
      } else {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      }
    } catch (error) {
      logger.error({ err: error, path: request.url }, 'request failed')
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'internal error' }))
    }
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 60_000
  const colon = listen.lastIndexOf(':')
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(Number(listen.slice(colon + 1)), listen.slice(0, colon), resolve)
  })
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function findRoute(routes: Routes, method: string, path: string): Routes[string] | null {
  const exact = routes[`${method} ${path}`]
  if (exact !== undefined) return exact
  const parent = path.slice(0, path.lastIndexOf('/'))
  return routes[`${method} ${parent}/*`] ?? null
}

/** Temporal's core serves its metrics itself, on the port above ours; our /metrics joins both. */
export function metricsAddress(http: string): string {
  const colon = http.lastIndexOf(':')
  return `${http.slice(0, colon)}:${Number(http.slice(colon + 1)) + 1}`
}

/** Our process's figures and Temporal's, as one exposition. */
async function metrics(listen: string): Promise<string> {
  const own = await register.metrics()
  const core = await fetch(`http://${metricsAddress(listen)}/metrics`, { signal: AbortSignal.timeout(2_000) })
    .then(response => response.text())
    .catch(() => '# the metrics of the Temporal core are not there\n')
  return `${own}\n${core}`
}
