// One `opencode acp` process: started, spoken to, stopped. It speaks NDJSON over stdio and
// answers by id, so the gateway's own requests (the first `initialize`, health probes) run
// beside a client's on the same pipe; their answers are kept back here.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { type AnyMessage, type AnyResponse, ndJsonStream } from '@agentclientprotocol/sdk'
import { agentEnvironment } from './agent-environment.ts'
import { type Exit, endsWithin, type StopReason, signalGroup, watchExit } from './child-exit.ts'

/** Who has the child: gets its messages, and hears of its end. */
export type Tenant = Readonly<{ message(message: AnyMessage): void | Promise<void>; gone(): void }>
export type ChildOptions = Readonly<{ bin: string; slot: number; cwd: string }>
export type Child = ReturnType<typeof startChild>

/** Starts one child. Whether it works is known when it answers `request('initialize', …)`. */
export function startChild({ bin, slot, cwd }: ChildOptions) {
  const process_ = spawn(bin, ['acp', '--pure'], {
    cwd,
    env: agentEnvironment(process.env),
    stdio: 'pipe',
    detached: true,
  })
  const pid = process_.pid ?? 0
  const stream = ndJsonStream(
    Writable.toWeb(process_.stdin),
    Readable.toWeb(process_.stdout) as ReadableStream<Uint8Array>,
  )
  const writer = stream.writable.getWriter()
  const ours = `gateway-${randomBytes(8).toString('hex')}-`
  const waiting = new Map<string, Readonly<{ resolve(answer: AnyResponse): void; reject(error: Error): void }>>()
  let serial = 0
  let hasSpoken = false
  let tenant: Tenant | undefined
  let stopReason: StopReason | undefined
  let exit: Exit | undefined

  const exited = watchExit(process_, pid, () => stopReason).then(result => {
    exit = result
    const how = `${result.signal ?? `code ${result.code}`}${result.hint ? `: ${result.hint}` : ''}`
    for (const { reject } of waiting.values()) reject(new Error(`the agent ended with ${how}`))
    tenant?.gone()
    return result
  })
  // Writing to a child that is gone is answered by `exited`, not by an exception.
  process_.stdin.on('error', () => undefined)
  writer.closed.catch(() => undefined)

  const pump = async () => {
    for await (const message of stream.readable) {
      hasSpoken = true
      const id = 'id' in message && typeof message.id === 'string' ? message.id : undefined
      if (id?.startsWith(ours) && !('method' in message)) waiting.get(id)?.resolve(message)
      else await tenant?.message(message)
    }
  }
  pump().catch(() => signalGroup(pid, 'SIGKILL'))

  const send = (message: AnyMessage): Promise<void> => writer.write(message).catch(() => undefined)

  return {
    slot,
    pid,
    send,
    exited,
    hasExited: () => exit !== undefined,
    isStopping: () => stopReason !== undefined,
    /** Whether it ever answered: one that has not cannot have seen a prompt. */
    hasSpoken: () => hasSpoken,
    /**
     * Says who has the child now; without a tenant its messages are dropped. A tenant is told of
     * the end instead of waiting for `exited`, which would keep every past one for the life of the child.
     */
    lend(next: Tenant | undefined): void {
      tenant = next
      if (exit) next?.gone()
    },
    /** Asks a question of the gateway's own; throws when no answer comes within `timeoutMs`. */
    request(method: string, params: unknown, timeoutMs: number): Promise<AnyResponse> {
      serial += 1
      const id = `${ours}${serial}`
      return new Promise<AnyResponse>((resolve, reject) => {
        const timer = setTimeout(
          () => settle(() => reject(new Error(`no answer to ${method} within ${timeoutMs} ms`))),
          timeoutMs,
        )
        const settle = (how: () => void) => {
          clearTimeout(timer)
          waiting.delete(id)
          how()
        }
        waiting.set(id, {
          resolve: answer => settle(() => resolve(answer)),
          reject: error => settle(() => reject(error)),
        })
        void send({ jsonrpc: '2.0', id, method, params })
      })
    },
    /** Resident bytes of the process itself; undefined once it is gone. */
    memory(): number | undefined {
      try {
        const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
      } catch {
        return undefined
      }
    },
    /**
     * Ends the child politely: end of input is what OpenCode treats as the request to leave
     * (60-170 ms); signals are for one that does not hear it, and go to its whole group.
     */
    async stop(reason: StopReason): Promise<Exit> {
      stopReason ??= reason
      process_.stdin.end()
      // One that no longer answers will hardly hear the end of its input.
      const isDeaf = reason === 'unhealthy'
      for (const [grace, signal] of [
        [isDeaf ? 200 : 3000, 'SIGTERM'],
        [isDeaf ? 2000 : 5000, 'SIGKILL'],
      ] as const) {
        if (await endsWithin(exited, grace)) break
        signalGroup(pid, signal)
      }
      return exited
    },
  }
}
