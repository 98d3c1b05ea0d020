// One client's connection: its messages go to a child of its own and back, unchanged. It ends
// when the client deletes it, when it is reaped, when its child dies, or with the gateway; then
// what is still pending is answered with -32603, and the child goes back to the pool if nobody
// can tell that it was used.
import type { AnyMessage, Stream } from '@agentclientprotocol/sdk'
import type { Child } from './child.ts'
import { createConversation } from './conversation.ts'
import type { Pool } from './pool.ts'
import { type EndReason, type Recorder, STOPPING } from './record.ts'

const DRAIN_MS = 5000

export type Link = ReturnType<typeof openLink>
export type LinkOptions = Readonly<{
  number: number
  stream: Stream
  pool: Pool
  recorder: Recorder
  active(): number
  /** Whether the session that was just asked for, and is counted as opening, may be opened. */
  hasRoom(): boolean
  onEnd(): void
}>

export function openLink({ number, stream, pool, recorder, active, hasRoom, onEnd }: LinkOptions) {
  const conversation = createConversation(recorder.witness(number))
  const toClient = stream.writable.getWriter()
  const fromClient = stream.readable.getReader()
  let child: Child | undefined
  let lastActivity = Date.now()
  let ending: Promise<void> | undefined
  let resolveClosed = () => {}
  const closed = new Promise<void>(resolve => {
    resolveClosed = resolve
  })
  toClient.closed.catch(() => undefined)
  fromClient.closed.catch(() => undefined)

  const answer = (message: AnyMessage) => {
    conversation.fromAgent(message)
    return toClient.write(message).catch(() => undefined)
  }
  const refuse = (id: string | number | null, message: string, code = -32603) =>
    answer({ jsonrpc: '2.0', id, error: { code, message } })

  const attach = async () => {
    const acquired = await pool.acquire()
    if (ending) {
      pool.release(acquired, true)
      return
    }
    child = acquired
    recorder.connected(number, acquired.pid, active())
    acquired.lend({
      message(message) {
        lastActivity = Date.now()
        if (!ending) return answer(message)
        conversation.fromAgent(message)
      },
      gone: () => void end('agent_exit'),
    })
  }

  const pump = async () => {
    for (;;) {
      const { value: message, done } = await fromClient.read()
      if (done || ending) return
      lastActivity = Date.now()
      conversation.fromClient(message)
      if (!child) await attach()
      if ('method' in message && message.method === 'session/new' && 'id' in message && !hasRoom()) {
        await refuse(message.id, 'the limit of open sessions is reached; close one and try again')
      } else {
        await child?.send(message)
      }
    }
  }

  const end = (reason: EndReason): Promise<void> => {
    ending ??= finish(reason)
    return ending
  }

  const finish = async (reason: EndReason) => {
    const isClean = conversation.isChildClean() && !child?.hasExited()
    // A client that left hears nothing, and what it asked for may still be answered below.
    if (reason !== 'delete') for (const { id } of conversation.pending()) await refuse(id, ...whyEnded(reason))
    else if (child && isClean) await drained()
    conversation.end()
    resolveClosed()
    fromClient.cancel().catch(() => undefined)
    onEnd()
    if (child) recorder.disconnected(number, child.pid, active(), reason)
    if (child) pool.release(child, isClean && conversation.pending().length === 0)
  }

  // The next connection numbers its requests anew, so late answers may not reach it.
  const drained = async () => {
    const deadline = Date.now() + DRAIN_MS
    while (conversation.pending().length > 0 && Date.now() < deadline && !child?.hasExited()) {
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  pump()
    .then(() => end('delete'))
    .catch(async error => {
      // Reading fails when the client deletes the connection; with no child it is the agent that does not start.
      if (child) return end('delete')
      for (const { id } of conversation.pending())
        await refuse(id, `the agent does not start: ${error instanceof Error ? error.message : error}`)
      return end('agent_exit')
    })

  return {
    number,
    closed,
    end,
    sessions: conversation.sessions,
    opening: conversation.opening,
    pending: () => conversation.pending().length,
    idleMs: () => Date.now() - lastActivity,
    touch(): void {
      lastActivity = Date.now()
    },
  }
}

function whyEnded(reason: EndReason): readonly [string, number?] {
  switch (reason) {
    case 'agent_exit':
      return ['the agent process exited; connect again and load the session']
    case 'shutdown':
      return ['the service is stopping; connect again in a moment', STOPPING]
    default:
      return ['the connection was closed by the gateway']
  }
}
