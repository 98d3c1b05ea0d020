/**
 * The pinned Temporal server, its schema tool and its UI, built from the Go modules under tools/temporal. Built once per
 * user and version: the cache folder is named by the hash of go.mod and go.sum and appears only when complete.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { takeKernelLock } from '../estate/kernel-lock.ts'
import { messageOf, Problem } from '../estate/problem.ts'
import { attempt } from '../estate/shell.ts'

export interface TemporalBinaries {
  readonly server: string
  readonly sqlTool: string
  readonly ui: string
}

const packages = {
  'temporal-server': 'go.temporal.io/server/cmd/server',
  'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql',
  'temporal-ui': 'github.com/temporalio/ui-server/v2/cmd/server',
} as const

const WAIT_MS = 1_000

export function cacheFolder(checkout: string, environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment.XDG_CACHE_HOME || join(homedir(), '.cache')
  const modules = ['go.mod', 'go.sum'].map(name => readFileSync(join(checkout, 'tools/temporal', name)))
  const key = modules
    .reduce((hash, text) => hash.update(text), createHash('sha256'))
    .digest('hex')
    .slice(0, 16)
  return join(base, 'opencode-acp-ops', 'temporal', key)
}

export function cachedBinaries(checkout: string): TemporalBinaries | undefined {
  const folder = cacheFolder(checkout)
  return existsSync(folder) ? binariesIn(folder) : undefined
}

function binariesIn(folder: string): TemporalBinaries {
  return {
    server: join(folder, 'temporal-server'),
    sqlTool: join(folder, 'temporal-sql-tool'),
    ui: join(folder, 'temporal-ui'),
  }
}

/** Of several that need it at once, one builds and the others wait. @throws Problem when there is no Go, or one too old, or the build fails. */
export async function buildTemporal(checkout: string, progress: (line: string) => void): Promise<TemporalBinaries> {
  const folder = cacheFolder(checkout)
  for (let isTold = false; !existsSync(folder); isTold = true) {
    const unlock = await takeKernelLock(folder)
    if (unlock === undefined) {
      if (!isTold) progress('another process is building it')
      await sleep(WAIT_MS)
      continue
    }
    try {
      if (!existsSync(folder)) await buildAll(checkout, folder, progress)
    } finally {
      unlock()
    }
  }
  return binariesIn(folder)
}

async function buildAll(checkout: string, folder: string, progress: (line: string) => void): Promise<void> {
  const go = await requireGo(checkout)
  const draft = `${folder}.building-${process.pid}`
  mkdirSync(draft, { recursive: true })
  try {
    for (const [name, module] of Object.entries(packages)) {
      await buildOne(go, checkout, join(draft, name), module, line => progress(`${name}: ${line}`))
    }
    // The lock ends at a network namespace: somebody beyond it may have been quicker, and what they built is the same.
    if (!existsSync(folder)) renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function buildOne(
  go: string,
  checkout: string,
  output: string,
  module: string,
  progress: (line: string) => void,
): Promise<void> {
  let compiled = 0
  try {
    const build = execa(go, ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', output, module], {
      cwd: join(checkout, 'tools/temporal'),
      env: { GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
      stdin: 'ignore',
    })
    for await (const line of build.iterable({ from: 'stderr' })) progress(`${++compiled} packages, ${line}`)
    await build
  } catch (error) {
    throw new Problem(`building ${module} failed: ${messageOf(error).split('\n').slice(-3).join(' ')}`, {
      hint: 'It needs the Go module proxy and about 5 GB of disk, once. Start again when that is there.',
      cause: error,
    })
  }
}

async function requireGo(checkout: string): Promise<string> {
  const wanted = /^go (\S+)$/m.exec(readFileSync(join(checkout, 'tools/temporal/go.mod'), 'utf8'))?.[1] ?? '1.26.8'
  for (const go of ['go', '/usr/local/go/bin/go']) {
    const answer = await attempt(go, ['version'], { env: { GOTOOLCHAIN: 'local' }, cwd: '/' })
    const found = /go(\d+(?:\.\d+)*)/.exec(answer.stdout.replace(/^go version /, ''))?.[1]
    if (!answer.ok || found === undefined) continue
    if (isAtLeast(found, wanted)) return go
    throw new Problem(`Go ${found} is too old to build it`, { hint: `Install Go ${wanted} or later.` })
  }
  throw new Problem('there is no Go to build it with', { hint: `Install Go ${wanted} or later.` })
}

export function isAtLeast(found: string, wanted: string): boolean {
  const parts = (text: string) => text.split('.').map(Number)
  const [have, need] = [parts(found), parts(wanted)]
  for (let i = 0; i < need.length; i++) {
    const difference = (have[i] ?? 0) - (need[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}
