/** For the hands in an incident: activities run as Temporal runs them, and a unit that is a real process without systemd. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import type { UnitRun } from '../../activities/adapters/systemd.run.ts'
import type { Service } from '../../domain/estate.ts'
import type { ArtefactRef } from '../../domain/run-record.ts'

export function runActivity<Args extends unknown[], R>(
  activity: (...args: Args) => Promise<R>,
  ...args: Args
): Promise<R> {
  return activityEnvironment().run<Args, R, (...args: Args) => Promise<R>>(activity, ...args)
}

export function activityEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') })
}

export function serviceAt(url: string, log: Service['log'] = { kind: 'journal' }): Service {
  const acp = { kind: 'http', url, metricsUrl: `${url}/metrics` } as const
  return { unit: 'acp', acp, log, sessionsLimit: 50, expectedVersion: null }
}

export interface Store {
  readonly upload: (kind: string, bytes: Uint8Array) => Promise<ArtefactRef>
  readonly texts: ReadonlyMap<string, string>
}

export function artefactStore(): Store {
  const texts = new Map<string, string>()
  return {
    texts,
    async upload(kind, bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      texts.set(sha256, new TextDecoder().decode(bytes))
      return { kind, ref: `sha256:${sha256}`, bytes: bytes.length, sha256 }
    },
  }
}

export interface TestUnit {
  readonly readUnitRun: (unit: string) => Promise<UnitRun>
  readonly restartUnit: () => Promise<void>
  /** It dies, and comes up by itself. */
  readonly crash: () => Promise<void>
  readonly restarts: () => number
}

/** A process with the marks that systemd would give it. `variables`: a file of its environment, read at each start. */
export async function startUnit(context: Pick<TestContext, 'after'>, variables?: string): Promise<TestUnit> {
  let child: ChildProcess | null = null
  let invocation = ''
  let automatic = 0
  let byHand = 0
  const stop = async (): Promise<void> => {
    if (child === null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const begin = async (): Promise<void> => {
    await stop()
    child = spawn('sleep', ['600'], { stdio: 'ignore', env: environment(variables) })
    await once(child, 'spawn')
    invocation = randomUUID()
  }
  context.after(stop)
  await begin()
  return {
    async readUnitRun() {
      const mainPid = child?.pid ?? 0
      const state = { loadState: 'loaded', activeState: 'active', subState: 'running', isBusy: false }
      return { ...state, invocation, restarts: automatic, mainPid }
    },
    async restartUnit() {
      await begin()
      automatic = 0
      byHand += 1
    },
    async crash() {
      await begin()
      automatic += 1
    },
    restarts: () => byHand,
  }
}

function environment(file: string | undefined): Record<string, string> {
  const path = { PATH: '/usr/bin:/bin' }
  try {
    const lines = readFileSync(file ?? '', 'utf8').split('\n')
    return { ...path, ...Object.fromEntries(lines.filter(line => /^\w+=/.test(line)).map(line => line.split('='))) }
  } catch {
    return path
  }
}
