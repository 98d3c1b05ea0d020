/** Runs a short tool of the machine (ip, mount, losetup, …) by argument list and turns a refusal into a Problem. */
import { execa } from 'execa'
import { Problem } from './problem.ts'

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly hint?: string
}

/** The tool's standard output without the last line end. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(command, args, options)
  if (result.ok) return result.stdout
  const shown = [command, ...args].join(' ').slice(0, 160)
  throw new Problem(`'${shown}' failed: ${result.reason}`, options.hint === undefined ? {} : { hint: options.hint })
}

export interface Attempt {
  readonly ok: boolean
  readonly code: number | undefined
  readonly stdout: string
  readonly reason: string
}

/** The same, for those who can live with a refusal. */
export async function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<Attempt> {
  const result = await execa(command, args, {
    reject: false,
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    timeout: options.timeoutMs ?? 120_000,
  })
  const tail = result.stderr.trim().split('\n').slice(-3).join(' ')
  return {
    ok: !result.failed,
    code: result.exitCode,
    stdout: result.stdout,
    reason: tail === '' ? (result.shortMessage ?? 'no reason given') : tail,
  }
}
