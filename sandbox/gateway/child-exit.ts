// How a child ends: noticing it, with the last thing that it said, and making it happen.
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { redact } from '../../domain/redact.ts'

/** Why the gateway ended a child; `crash` when it did not. */
export type StopReason = 'surplus' | 'used' | 'unhealthy' | 'shutdown'
export type Exit = Readonly<{
  code: number | null
  signal: string | null
  reason: StopReason | 'crash'
  hint?: string | undefined
}>

/** Whether the child has ended before `ms` are over. */
export const endsWithin = (exited: Promise<Exit>, ms: number) => {
  const timer = new AbortController()
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false)
  return Promise.race([exited.then(() => true), late]).finally(() => timer.abort())
}

// Only what the child says before it goes is kept: its complaints quote requests, and with
// them prompts, so no more than the last line of a start that failed is ever shown.
export function watchExit(
  process_: ChildProcess,
  pid: number,
  stopReason: () => StopReason | undefined,
): Promise<Exit> {
  let tail = ''
  process_.stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-20_000)
  })
  // A secret that is cut may no longer look like one: first redacted, then cut.
  const hint = () => redact(tail).trim().split('\n').at(-1)?.slice(0, 200)
  return new Promise(resolve => {
    process_.once('error', error =>
      resolve({ code: null, signal: null, reason: stopReason() ?? 'crash', hint: error.message }),
    )
    process_.once('exit', (code, signal) => {
      // An agent that died leaves its MCP servers and tools behind in its group.
      signalGroup(pid, 'SIGKILL')
      const done = () => resolve({ code, signal, reason: stopReason() ?? 'crash', hint: hint() })
      // Its last answers may still be in the pipe, which a tool outside the group can hold open.
      process_.once('close', done)
      setTimeout(done, 250)
    })
  })
}

/** Signals a child and everything that it started in its group. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 1) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody of the group is left.
  }
}
