/** As much of Slack's Web API as posting needs, over real HTTP, with everything that can go wrong on the way. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export type Fault =
  /** The request never takes effect. */
  | { readonly kind: 'reset-before' }
  /** It takes effect, and its answer is lost. */
  | { readonly kind: 'reset-after' }
  | { readonly kind: 'hang-before' }
  | { readonly kind: 'hang-after' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'html' }
  | { readonly kind: 'error'; readonly code: string; readonly messages?: readonly string[] }

export interface PostedMessage {
  readonly ts: string
  readonly at: number
  readonly thread: string | null
  text: string
  blocks: readonly Record<string, unknown>[]
  metadata: unknown
  readonly clientMessageId: string
  readonly isBroadcast: boolean
}

export interface FaultySlack {
  readonly url: string
  /** What happens to the next calls of a method, one after the other. */
  fail(method: string, ...faults: readonly Fault[]): void
  messages(channel: string): PostedMessage[]
  /** A channel that answers every write and read with this error. */
  close(channel: string, code: string): void
  remove(channel: string, ts: string): void
  /** How long a message cannot be read yet. */
  lagMs: number
  readonly calls: { readonly method: string; readonly at: number; readonly args: Readonly<Record<string, string>> }[]
  /** Settles when a call of the method is there. */
  called(method: string): Promise<void>
}

export async function startFaultySlack(context: Pick<TestContext, 'after'>): Promise<FaultySlack> {
  const channels = new Map<string, PostedMessage[]>()
  const closed = new Map<string, string>()
  const faults = new Map<string, Fault[]>()
  const watchers: { readonly method: string; readonly seen: () => void }[] = []
  let last = 1_700_000_000_000_000

  const of = (channel: string): PostedMessage[] => {
    const found = channels.get(channel) ?? []
    channels.set(channel, found)
    return found
  }

  const slack: FaultySlack = {
    url: '',
    lagMs: 0,
    calls: [],
    fail: (method, ...more) => faults.set(method, [...(faults.get(method) ?? []), ...more]),
    messages: of,
    close: (channel, code) => void closed.set(channel, code),
    remove: (channel, ts) =>
      void channels.set(
        channel,
        of(channel).filter(message => message.ts !== ts),
      ),
    called: method => new Promise(seen => watchers.push({ method, seen })),
  }

  function post(args: Readonly<Record<string, string>>): Answer {
    const channel = args.channel ?? ''
    last = Math.max(last + 1, Date.now() * 1_000)
    const message: PostedMessage = {
      ts: `${Math.floor(last / 1e6)}.${String(last % 1e6).padStart(6, '0')}`,
      at: Date.now(),
      thread: args.thread_ts ?? null,
      text: args.text ?? '',
      blocks: JSON.parse(args.blocks ?? '[]'),
      metadata: JSON.parse(args.metadata ?? 'null'),
      clientMessageId: args.client_msg_id ?? '',
      isBroadcast: args.reply_broadcast === 'true',
    }
    of(channel).push(message)
    return { ok: true, channel, ts: message.ts }
  }

  function update(args: Readonly<Record<string, string>>): Answer {
    const message = of(args.channel ?? '').find(({ ts }) => ts === args.ts)
    if (message === undefined) return { ok: false, error: 'message_not_found' }
    message.text = args.text ?? ''
    message.blocks = JSON.parse(args.blocks ?? '[]')
    if (args.metadata !== undefined) message.metadata = JSON.parse(args.metadata)
    return { ok: true, channel: args.channel, ts: args.ts }
  }

  function read(args: Readonly<Record<string, string>>, thread: string | null): Answer {
    const limit = Number(args.limit ?? 100)
    const from = Number(args.cursor ?? 0)
    const visible = of(args.channel ?? '')
      .filter(message => message.thread === thread || message.isBroadcast)
      .filter(({ at, ts }) => Date.now() - at >= slack.lagMs && Number(ts) > Number(args.oldest ?? 0))
    const ordered = thread === null ? visible.toReversed() : visible
    const shown = ordered.slice(from, from + limit).map(({ ts, text, metadata }) => ({
      ts,
      text,
      ...(args.include_all_metadata === 'true' && metadata !== null ? { metadata } : {}),
    }))
    const next = from + limit < ordered.length ? String(from + limit) : ''
    return { ok: true, messages: shown, response_metadata: { next_cursor: next } }
  }

  function carryOut(method: string, args: Readonly<Record<string, string>>): Answer {
    const refusal = closed.get(args.channel ?? '')
    if (refusal !== undefined) return { ok: false, error: refusal }
    switch (method) {
      case 'chat.postMessage':
        return post(args)
      case 'chat.update':
        return update(args)
      case 'conversations.history':
        return read(args, null)
      case 'conversations.replies':
        return read(args, args.ts ?? '')
      case 'conversations.open':
        return { ok: true, channel: { id: `D${args.users}` } }
      default:
        return { ok: false, error: 'unknown_method' }
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = (request.url ?? '').split('/').at(-1) ?? ''
    let body = ''
    for await (const chunk of request) body += chunk
    const args = Object.fromEntries(new URLSearchParams(body))
    slack.calls.push({ method, at: performance.now(), args })
    const fault = faults.get(method)?.shift()
    const isDone = fault === undefined || fault.kind === 'reset-after' || fault.kind === 'hang-after'
    const result = isDone ? carryOut(method, args) : {}
    for (const watcher of watchers) if (watcher.method === method) watcher.seen()
    respond(response, fault, result)
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(slack, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/` })
}

type Answer = Readonly<Record<string, unknown>>

function respond(response: ServerResponse, fault: Fault | undefined, result: Answer): void {
  switch (fault?.kind) {
    case undefined:
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(result))
      return
    case 'reset-before':
    case 'reset-after':
      response.destroy()
      return
    case 'hang-before':
    case 'hang-after':
      return
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
      response.writeHead(fault.status).end('upstream said xoxb-0123456789-secret')
      return
    case 'html':
      response.setHeader('content-type', 'text/html')
      response.end('<html>Please log in as ana, xoxb-0123456789-secret</html>')
      return
    case 'error':
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ ok: false, error: fault.code, response_metadata: { messages: fault.messages ?? [] } }),
      )
      return
  }
}
