/**
 * The long-running children of an estate: each in a process group of its own, its output in a log file, its identity
 * on disk from the first moment, so that nothing this program starts can be lost.
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from './problem.ts'
import { identify, isAlive, killAll, type ProcessId, treeOf } from './proc.ts'
import { removeRecord, writeRecord } from './records.ts'
import { waitFor } from './wait.ts'

export interface ChildSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** How it is asked to stop. */
  readonly stopSignal?: NodeJS.Signals
}

export interface Child extends ProcessId {
  readonly name: string
  readonly log: string
  /** Settles with a sentence such as 'exit code 1' when the process has ended. */
  readonly ended: Promise<string>
  stop(graceMs: number): Promise<void>
  kill(): Promise<void>
}

export interface ChildFolders {
  readonly run: string
  readonly logs: string
}

/** @throws Problem when the program cannot be started at all. */
export async function startChild(folders: ChildFolders, spec: ChildSpec): Promise<Child> {
  mkdirSync(folders.logs, { recursive: true })
  const log = join(folders.logs, `${spec.name}.log`)
  const output = openSync(log, 'a', 0o600)
  const spawned = spawn(spec.command, spec.args, {
    detached: true,
    cwd: spec.cwd ?? '/',
    env: { ...plainEnvironment(), ...spec.env },
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const ended = new Promise<string>(resolve => {
    spawned.once('exit', (code, signal) => {
      removeRecord(folders.run, spec.name)
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`)
    })
    spawned.once('error', error => resolve(error.message))
  })
  if (spawned.pid === undefined) {
    throw new Problem(`${spec.name} could not be started: ${await ended}`, { hint: `Its log is ${log}.` })
  }
  // One that has ended already has no identity any more; whoever waits for it learns of its end.
  const self = identify(spawned.pid) ?? { pid: spawned.pid, startTicks: 0 }
  if (isAlive(self)) writeRecord(folders.run, { ...self, name: spec.name, command: spec.command })
  return {
    ...self,
    name: spec.name,
    log,
    ended,
    async kill() {
      const tree = treeOf(self)
      killAll(tree)
      await ended
      await waitFor(`the end of ${spec.name}`, () => tree.every(one => !isAlive(one)), { timeoutMs: 15_000 })
    },
    async stop(graceMs) {
      const tree = treeOf(self)
      if (isAlive(self)) process.kill(self.pid, spec.stopSignal ?? 'SIGTERM')
      const timer = setTimeout(() => killAll(treeOf(self)), graceMs)
      await ended
      clearTimeout(timer)
      // Whatever it left behind goes with it.
      killAll(tree)
    },
  }
}

/** Waits until a child answers, and fails at once, with the end of its log, when it has ended instead. */
export async function childReady<T>(
  child: Child,
  probe: () => Promise<T | undefined | false>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T> {
  let end: string | undefined
  void child.ended.then(reason => {
    end = reason
  })
  return await waitFor(
    `${child.name} becoming ready`,
    async () => {
      if (end !== undefined) {
        throw new Problem(`${child.name} ended while starting (${end}): ${logTail(child.log)}`, {
          hint: `Its log is ${child.log}.`,
        })
      }
      return await probe()
    },
    { timeoutMs, signal, hint: `Its log is ${child.log}.` },
  )
}

export function logTail(file: string, lines = 3): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n').slice(-1000)
  } catch {
    return ''
  }
}

/** What a child needs of our environment; credentials that happen to be set here are not handed on. */
function plainEnvironment(): Readonly<Record<string, string>> {
  const kept = ['PATH', 'HOME', 'LANG', 'TZ', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']
  return Object.fromEntries(
    kept.map(name => [name, process.env[name]] as const).filter(pair => pair[1] !== undefined) as [string, string][],
  )
}
