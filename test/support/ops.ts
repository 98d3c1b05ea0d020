/** Runs `ops` as a person or a script does: a process of its own, with nothing of this machine's settings in it. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')
const OPS = join(ROOT, 'bin', 'ops.mjs')

export interface Spoken {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** An address at which nobody listens: settings of a running sandbox do not apply to another server's. */
export const NOBODY = '127.77.250.250:7233'

export function ops(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Spoken> {
  return opsWithSignal(words, environment).done
}

export function opsWithSignal(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TEMPORAL_ADDRESS: NOBODY, ...environment }
  let child: ReturnType<typeof execFile> | undefined
  const done = new Promise<Spoken>(resolve => {
    child = execFile(process.execPath, [OPS, ...words], { env, timeout: 60_000 }, (_error, out, err) => {
      resolve({ code: child?.exitCode ?? null, out, err })
    })
  })
  return { done, kill: (signal: NodeJS.Signals) => child?.kill(signal) }
}
