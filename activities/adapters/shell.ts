/**
 * The only place that runs subprocesses: argument arrays and never a command line, a deadline, an abort signal, an own
 * process group that is ended politely and then by force, bounded and redacted output. What not even force ends, such as
 * a read from a dead disk, is let go of. An exit code other than 0 is a result and not an exception: what it means is the
 * caller's to judge.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { Socket } from 'node:net'
import { homedir } from 'node:os'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'

export interface ShellOptions {
  /** Milliseconds until the group is ended; 10 s unless told. */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  /** Bytes kept of each stream; 1 MiB unless told. The rest is read and dropped. */
  readonly maxBytes?: number
  readonly env?: Readonly<Record<string, string>>
  /** Where the tool starts; the worker's own folder unless told. */
  readonly cwd?: string
  /** Another user's numbers, which only root may ask for. */
  readonly asUser?: { readonly uid: number; readonly gid: number; readonly home: string }
}

export interface ShellResult {
  readonly ending: 'exited' | 'signalled' | 'deadline'
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly truncated: boolean
}

export const DEFAULT_DEADLINE_MS = 10_000
const MAX_BYTES = 1_048_576
/** Between the polite signal and the forced one. */
const GRACE_MS = 2_000
/** From the forced signal until nobody waits any more. */
const LAST_GRACE_MS = 500

/** The worker's own environment stays with the worker: it names its secrets. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const

/** Runs a tool to its end. Throws only when the tool is missing, may not be run, or the signal is aborted. */
export async function run(tool: string, args: readonly string[], options: ShellOptions = {}): Promise<ShellResult> {
  const child = start(tool, args, options)
  const stdout = collect(child.stdout, options.maxBytes ?? MAX_BYTES)
  const stderr = collect(child.stderr, options.maxBytes ?? MAX_BYTES)
  child.stdin.end()
  const { ending, exitCode } = await child.ended
  return {
    ending,
    exitCode,
    stdout: redact(stdout.text()),
    stderr: redact(stderr.text()),
    truncated: stdout.isTruncated() || stderr.isTruncated(),
  }
}

export interface Child {
  readonly stdin: NodeJS.WritableStream
  readonly stdout: Readable
  readonly stderr: Readable
  /** Ends the whole group, politely and then by force; what survives that is let go of. Does nothing once it has ended. */
  readonly stop: () => void
  /** Rejects like `run` does. */
  readonly ended: Promise<Pick<ShellResult, 'ending' | 'exitCode'>>
}

/** Starts a tool whose streams the caller reads. The caller redacts what it keeps. */
export function start(tool: string, args: readonly string[], options: ShellOptions = {}): Child {
  options.signal?.throwIfAborted()
  const child = execa(tool, [...args], {
    reject: false,
    buffer: false,
    detached: true,
    extendEnv: false,
    env: { ...ENVIRONMENT, HOME: options.asUser?.home ?? homedir(), ...options.env },
    ...(options.asUser === undefined ? {} : { uid: options.asUser.uid, gid: options.asUser.gid }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  // A child that ends without reading its input breaks the pipe; its exit code tells more than the broken pipe does.
  child.stdin.on('error', () => {})
  const endGroup = groupEnder(child.pid)
  const lost = Promise.withResolvers<End>()
  let giveUp: NodeJS.Timeout | undefined
  let isOver = false
  const stop = (): void => {
    endGroup()
    if (isOver) return
    giveUp ??= setTimeout(() => {
      letGo(child)
      lost.resolve({ signal: 'SIGKILL' })
    }, GRACE_MS + LAST_GRACE_MS)
  }
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    stop()
  }, options.deadlineMs ?? DEFAULT_DEADLINE_MS)
  options.signal?.addEventListener('abort', stop, { once: true })
  const ended = Promise.race<End>([child, lost.promise])
    .then(result => endOf(result, tool))
    .finally(() => {
      clearTimeout(deadline)
      clearTimeout(giveUp)
      isOver = true
      options.signal?.removeEventListener('abort', stop)
      // What the tool left running in its group has no owner any more.
      endGroup()
    })
    .then((end): Pick<ShellResult, 'ending' | 'exitCode'> => {
      options.signal?.throwIfAborted()
      return isLate ? { ending: 'deadline', exitCode: null } : end
    })
  // Whoever reads the streams first asks for the end later.
  ended.catch(() => {})
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, stop, ended }
}

interface End {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly cause?: unknown
}

function endOf(result: End, tool: string): Pick<ShellResult, 'ending' | 'exitCode'> {
  if (result.exitCode !== undefined) return { ending: 'exited', exitCode: result.exitCode }
  if (result.signal !== undefined) return { ending: 'signalled', exitCode: null }
  throw notStarted(tool, result.cause)
}

function notStarted(tool: string, cause: unknown): OpsError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOENT') {
    return new OpsError({ owner: 'tool', message: `${tool} is not installed`, hint: `Install ${tool} on this host.` })
  }
  // Becoming the user is what is not permitted; a file that may not be run is EACCES.
  const hint =
    code === 'EPERM'
      ? 'Let the host worker become other users: CAP_SETUID and CAP_SETGID in its unit.'
      : `Check that the host worker's user may run ${tool}.`
  return new OpsError({ owner: 'permission', message: `cannot run ${tool}: ${code || String(cause)}`, hint })
}

/** The group carries the child's number as long as any member of it lives. */
function groupEnder(pid: number | undefined): () => void {
  let isStopping = false
  return () => {
    if (pid === undefined || isStopping) return
    isStopping = true
    if (!signalGroup(pid, 'SIGTERM')) return
    setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS).unref()
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    // Nobody is left in the group.
    return false
  }
}

/**
 * A process in an uninterruptible sleep obeys no signal, and one that left the group may hold the pipes of a tool that
 * is gone. Readers come to the end of what was said, and this process may end before that one.
 */
function letGo(child: Pick<ChildProcessWithoutNullStreams, 'unref' | 'stdin' | 'stdout' | 'stderr'>): void {
  child.unref()
  child.stdin.destroy()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('error', () => {})
    stream.once('end', () => stream.destroy())
    stream.push(null)
    // Between a child and its parent the pipe is a socket.
    if (stream instanceof Socket) stream.unref()
  }
}

function collect(stream: Readable, maxBytes: number) {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size))
    size += chunk.length
  })
  return { text: () => Buffer.concat(chunks).toString('utf8'), isTruncated: () => size > maxBytes }
}
