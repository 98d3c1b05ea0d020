// The ACP endpoint: the transport of the RFD by the SDK's server, with what it leaves to the
// implementer: a cap on connections, and reaping those that nobody uses. A health check that
// never sends DELETE would otherwise hold an agent of 350 MB for ever.
import { AcpServer } from '@agentclientprotocol/sdk/experimental/server'
import type { Config } from './config.ts'
import { type Link, openLink } from './link.ts'
import type { Pool } from './pool.ts'
import type { Recorder } from './record.ts'

const CONNECTION_ID = 'Acp-Connection-Id'

type Entry = { readonly link: Link; streams: number }
type Parts = Readonly<{ config: Config; pool: Pool; recorder: Recorder }>

export class Connections extends AcpServer {
  readonly #parts: Parts
  readonly #links = new Map<number, Entry>()
  readonly #byId = new Map<string, Entry>()
  readonly #reaper: NodeJS.Timeout
  #serial = 0
  #opening = 0

  constructor(parts: Parts) {
    super({
      agent: {
        connect() {
          throw new Error('connections are opened by handleRequest only')
        },
      },
    })
    this.#parts = parts
    this.#reaper = setInterval(() => this.#reap(), Math.min(5000, parts.config.GATEWAY_IDLE_MS / 4))
  }

  get count(): number {
    return this.#links.size
  }

  get sessions(): number {
    return [...this.#links.values()].reduce((sum, { link }) => sum + link.sessions(), 0)
  }

  /** Requests that wait for their answer, turns among them. */
  get pending(): number {
    return [...this.#links.values()].reduce((sum, { link }) => sum + link.pending(), 0)
  }

  /** Those that are still being opened hold a place too. */
  get #sessionsOpening(): number {
    return [...this.#links.values()].reduce((sum, { link }) => sum + link.opening(), 0)
  }

  override async handleRequest(request: Request): Promise<Response> {
    const id = request.headers.get(CONNECTION_ID)
    if (request.method === 'POST' && id === null) return this.#open(request)
    const entry = id === null ? undefined : this.#byId.get(id)
    const response = await super.handleRequest(request)
    if (request.method === 'GET' && entry && response.ok) this.#attend(entry, request.signal)
    return response
  }

  /** Ends every connection; the children are the pool's to end. */
  override async close(): Promise<void> {
    clearInterval(this.#reaper)
    await Promise.all([...this.#links.values()].map(({ link }) => link.end('shutdown')))
    await super.close()
  }

  async #open(request: Request): Promise<Response> {
    const { config, pool, recorder } = this.#parts
    const limit = config.GATEWAY_MAX_CONNECTIONS
    if (this.#links.size + this.#opening >= limit) {
      return new Response(
        `all ${limit} connections are in use; close one with DELETE or try again in ${Math.ceil(config.GATEWAY_IDLE_MS / 1000)} s`,
        {
          status: 503,
          headers: { 'Content-Type': 'text/plain', 'Retry-After': String(Math.ceil(config.GATEWAY_IDLE_MS / 1000)) },
        },
      )
    }
    // Requests that are still being read hold a place too, so that nine at once are not all let in.
    this.#opening += 1
    let isOpening = true
    const opened = () => {
      if (isOpening) this.#opening -= 1
      isOpening = false
    }
    let entry: Entry | undefined
    try {
      const response = await super.handleRequest(request, {
        agent: {
          connect: stream => {
            this.#serial += 1
            const number = this.#serial
            const link = openLink({
              number,
              stream,
              pool,
              recorder,
              active: () => this.#links.size,
              hasRoom: () => this.sessions + this.#sessionsOpening <= config.GATEWAY_SESSIONS_LIMIT,
              onEnd: () => this.#links.delete(number),
            })
            entry = { link, streams: 0 }
            this.#links.set(number, entry)
            opened()
            return { closed: link.closed }
          },
        },
      })
      const id = response.headers.get(CONNECTION_ID)
      if (id !== null && entry) this.#remember(id, entry)
      return response
    } finally {
      opened()
    }
  }

  #remember(id: string, entry: Entry): void {
    this.#byId.set(id, entry)
    void entry.link.closed.then(() => this.#byId.delete(id))
  }

  #attend(entry: Entry, signal: AbortSignal): void {
    entry.streams += 1
    entry.link.touch()
    signal.addEventListener('abort', () => {
      entry.streams -= 1
      entry.link.touch()
    })
  }

  #reap(): void {
    const { GATEWAY_IDLE_MS, GATEWAY_ATTENDED_IDLE_MS, GATEWAY_STALL_MS } = this.#parts.config
    for (const { link, streams } of this.#links.values()) {
      const idle = link.idleMs()
      if (link.pending() > 0) {
        if (idle > GATEWAY_STALL_MS) void link.end('stalled')
      } else if (idle > (streams > 0 ? GATEWAY_ATTENDED_IDLE_MS : GATEWAY_IDLE_MS)) void link.end('idle')
    }
  }
}
