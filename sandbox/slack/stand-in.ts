/** A workspace of Slack on one port: the Web API, response_urls, the door for tests and the rig, a page for each person. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AdminError, type AdminParts, admin } from './admin.ts'
import { ApiError } from './api/error.ts'
import { drop, isSame, METHODS, serveApi, strike } from './api/serve.ts'
import { Delivery } from './delivery.ts'
import { Faults } from './faults.ts'
import { isOwnHost, readBody, sendJson, sendText, TooLarge } from './http.ts'
import { fieldsOf, parseJson } from './json.ts'
import { Modals } from './modals.ts'
import { servePage } from './page/routes.ts'
import { Acts } from './people/acts.ts'
import { RateLimits } from './rate.ts'
import { ResponseUrls } from './response-urls.ts'
import type { Settings } from './settings.ts'
import { Triggers } from './triggers.ts'
import { Workspace } from './workspace.ts'

export interface StandInOptions extends Settings {
  /** Milliseconds; the machine's clock without it. */
  readonly now?: () => number
  /** How long Slack waits for the app, milliseconds. */
  readonly patience?: number
}

export interface RunningStandIn {
  /** http://ADDRESS:PORT */
  readonly url: string
  readonly workspace: Workspace
  close(): Promise<void>
}

/** What no installation of an app gets without asking for it; here everything that the methods need was asked for. */
const SCOPES = [
  ...new Set(Object.values(METHODS).flatMap(({ scope }) => (scope === null ? [] : [scope]))),
  ...['commands', 'groups:history', 'im:history'],
]

/** Listens and answers when it does. */
export async function startStandIn(options: StandInOptions): Promise<RunningStandIn> {
  const { host, port, people, folder, now = Date.now, patience = 3000, ...settings } = options
  const workspace = new Workspace({ now, people, ...(folder === undefined ? {} : { folder }) })
  const faults = new Faults()
  const grantedScopes = new Set(SCOPES)
  let address = ''
  const base = {
    workspace,
    faults,
    grantedScopes,
    scopes: grantedScopes,
    token: settings.token,
    modals: new Modals(workspace),
    triggers: new Triggers(now),
    responseUrls: new ResponseUrls(workspace),
    delivery: new Delivery({ ...settings, faults, now, patience }),
    rate: new RateLimits(now),
    calls: new Map<string, number>(),
    limited: new Map<string, number>(),
    switches: { rate: true, dedupe: false, down: false, readLagMs: 0 },
    url: () => address,
  }
  const parts: AdminParts = { ...base, acts: new Acts(base) }
  const server = createServer((request, response) => {
    route(parts, request, response).catch(error => fail(response, error))
  })
  server.keepAliveTimeout = 65_000
  server.listen(port, host)
  await once(server, 'listening')
  address = urlOf(server)
  return {
    url: address,
    workspace,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      workspace.close()
    },
  }
}

async function route(parts: AdminParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isOwnHost(request.headers.host)) return sendText(response, 421, 'text/plain', 'ask by address')
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  if (path.startsWith('/api/')) return await serveApi(parts, request, response)
  if (path.startsWith('/response/')) return await serveResponseUrl(parts, path, request, response)
  if (path.startsWith('/admin/')) return await serveAdmin(parts, path, request, response)
  if (path === '/healthz') return sendJson(response, 200, { status: 'ok' })
  await servePage(parts, path, request, response)
}

async function serveResponseUrl(
  parts: AdminParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (parts.switches.down) return drop(request)
  const body = await readBody(request)
  const faults = parts.faults.forCall('response_url')
  for (const fault of faults) if (await strike(fault, request, response)) return
  try {
    parts.responseUrls.answer(path.slice('/response/'.length), fieldsOf(parseJson(body)))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const isOver = error.code === 'used_url' || error.code === 'expired_url'
    return sendJson(response, isOver ? 404 : 400, { ok: false, error: error.code, ...error.extra })
  }
  if (faults.some(({ kind }) => kind === 'reset-after')) return drop(request)
  sendText(response, 200, 'text/plain', 'ok')
}

async function serveAdmin(
  parts: AdminParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  if (!isSame(token, parts.token)) return sendJson(response, 401, { error: 'show the bot token' })
  if (request.method !== 'POST') return sendJson(response, 405, { error: 'only POST' })
  const text = await readBody(request)
  try {
    sendJson(response, 200, await admin(parts, path.slice('/admin/'.length), text === '' ? {} : parseJson(text)))
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    sendJson(response, 400, { error: error.message })
  }
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
  } else if (error instanceof TooLarge) {
    sendJson(response, 413, { ok: false, error: 'request_too_large' })
  } else {
    console.error(error)
    sendJson(response, 500, { ok: false, error: 'internal_error' })
  }
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
