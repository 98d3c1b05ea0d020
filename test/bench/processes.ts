/** A process of ops as it runs in production, for one benchmark: started, waited for until it is healthy, ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endChild, endingWith } from './endings.ts'

const ROOT = join(import.meta.dirname, '..', '..')

export interface BenchProcess {
  /** `starters/ingress.ts`, after options of Node. */
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** ADDRESS:PORT of its /healthz. */
  readonly http: string
}

export async function withProcess<T>({ words, environment, http }: BenchProcess, story: () => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, words, {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      OPS_LOG_LEVEL: 'error',
      OPS_HTTP: http,
      ...environment,
    },
  })
  return await endingWith(
    () => endChild(child, 'SIGTERM'),
    async () => {
      await untilHealthy(child, http, words.at(-1) ?? '')
      return await story()
    },
  )
}

async function untilHealthy(child: ChildProcess, http: string, name: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
    const health = await fetch(`http://${http}/healthz`).catch(() => null)
    if (health?.ok === true) return
    await sleep(100)
  }
  throw new Error(`${name} does not answer`)
}
