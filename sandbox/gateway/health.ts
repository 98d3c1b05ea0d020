// Whether the service works: every 15 s an agent is asked `initialize` (its event loop turns)
// and `session/list` (its database can be read). Three failures in a row make the service
// unhealthy, since one slow answer of a busy machine is no reason for anybody to restart it.
// The questions run on a child that exists already, beside a client's if need be: a probe
// opens no connection and starts nothing.
import type { Pool } from './pool.ts'

const FAILURES = 3

export type Probe = Readonly<{
  at: string
  version: string | null
  initializeMs: number
  sessionListMs: number
  error: string | null
}>

export function createHealth(
  parts: Readonly<{
    pool: Pool
    everyMs: number
    timeoutMs: number
    onProbe(seconds: number, error: string | null): void
  }>,
) {
  let last: Probe | undefined
  let version: string | null = null
  let failures = 0
  let hasWorked = false
  let isProbing = false

  const probe = async () => {
    const ready = parts.pool.running().filter(child => child.hasSpoken() && !child.isStopping())
    if (isProbing || (ready.length === 0 && parts.pool.isStarting())) return
    isProbing = true
    const began = performance.now()
    let initializeMs = Number.NaN
    let error: string | null = null
    const child = parts.pool.warm().at(-1) ?? ready[0]
    try {
      if (!child) throw new Error('no agent is running')
      version = versionIn(await child.request('initialize', { protocolVersion: 1 }, parts.timeoutMs))
      initializeMs = performance.now() - began
      const list = await child.request('session/list', {}, parts.timeoutMs)
      if ('error' in list) throw new Error(`session/list: ${list.error.message}`)
    } catch (problem) {
      // An agent that was let go in the middle of the probe says nothing about the service.
      if (child?.isStopping()) {
        isProbing = false
        return
      }
      error = problem instanceof Error ? problem.message : String(problem)
      // A warm child that does not even answer `initialize` helps nobody; one in use may be busy.
      if (child && Number.isNaN(initializeMs) && parts.pool.warm().includes(child))
        parts.pool.discard(child, 'unhealthy')
    }
    failures = error === null ? 0 : failures + 1
    hasWorked ||= error === null
    const total = performance.now() - began
    last = {
      at: new Date().toISOString(),
      version,
      initializeMs: round(initializeMs),
      sessionListMs: round(total - initializeMs),
      error,
    }
    parts.onProbe(total / 1000, error)
    isProbing = false
  }
  const timer = setInterval(() => void probe(), parts.everyMs)

  return {
    probe,
    last: () => last,
    failures: () => failures,
    status: (): 'starting' | 'ok' | 'failing' =>
      hasWorked ? (failures >= FAILURES ? 'failing' : 'ok') : failures >= FAILURES ? 'failing' : 'starting',
    stop: () => clearInterval(timer),
  }
}

const round = (ms: number) => Math.round(ms * 10) / 10

function versionIn(answer: unknown): string {
  const info = (
    answer as {
      readonly result?: { readonly protocolVersion?: unknown; readonly agentInfo?: { readonly version?: unknown } }
    }
  ).result
  if (info?.protocolVersion !== 1) throw new Error('initialize was not answered with protocol version 1')
  return typeof info.agentInfo?.version === 'string' ? info.agentInfo.version : 'unknown'
}
