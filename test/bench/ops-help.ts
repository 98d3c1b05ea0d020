/** How long a person waits for `ops --help`, beyond what Node itself takes to do nothing. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Figure, ROUNDS, show, showAdded, spread } from './figures.ts'

const BUDGET_MS = 400

/** A start takes a fraction of a second, so that many rounds cost nothing. */
const ROUNDS_HERE = Math.max(ROUNDS, ROUNDS * 3)

const OPS = join(import.meta.dirname, '..', '..', 'bin', 'ops.mjs')

export async function opsHelp(): Promise<readonly Figure[]> {
  const own = compare(process.execPath)
  const other = systemNode()
  return other === null ? [own] : [own, compare(other)]
}

function compare(node: string): Figure {
  const nothing: number[] = []
  const help: number[] = []
  // The first start of each only fills the disk cache.
  for (let round = -1; round < ROUNDS_HERE; round++) {
    const pair = [timed(node, ['-e', '0']), timed(node, [OPS, '--help'])] as const
    if (round < 0) continue
    nothing.push(pair[0])
    help.push(pair[1])
  }
  const added = spread(help.map((ms, round) => ms - (nothing[round] ?? 0)))
  return {
    name: `ops-help, node ${version(node)}`,
    figure: show(spread(help), 'ms', 0),
    baseline: `node -e 0: ${show(spread(nothing), 'ms', 0)}`,
    goal: `${showAdded(added, 'ms', 0)} of +${BUDGET_MS} ms`,
    met: added.median <= BUDGET_MS,
  }
}

function timed(node: string, args: readonly string[]): number {
  const start = performance.now()
  const { status, stderr } = spawnSync(node, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  const ms = performance.now() - start
  if (status !== 0) throw new Error(`${node} ${args.join(' ')} exited with ${status}: ${stderr}`)
  return ms
}

/** The Node that a person has installed, when it is not ours: `ops` then has to start ours first. */
function systemNode(): string | null {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(folder => !folder.includes('node_modules'))
    .map(folder => join(folder, 'node'))
    .find(file => existsSync(file))
  return found === undefined || version(found) === process.versions.node ? null : found
}

function version(node: string): string {
  return spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim()
}
