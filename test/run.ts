/**
 * Runs every test in order of cost: the fast gate, then tests on real tools and servers, then whole procedures on a booted
 * estate. Prints one closing line for all of it. `npm test -- live` runs one stage, `npm test -- <path>` single files.
 */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { buildTemporal } from '../sandbox/temporal/build.ts'
import { type Counts, emptyCounts, sum, toldIn } from './support/counts.ts'
import { checkSources } from './support/gate.ts'
import { bootEstate, type LiveEstate } from './support/live-estate.ts'

type Stage = 'gate' | 'unit' | 'real' | 'live'

const STAGES: readonly Stage[] = ['gate', 'unit', 'real', 'live']

const UNIT = [
  'test/domain/**/*.test.ts',
  'test/replay/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/rules/**/*.test.ts',
]
/** Real agents, or a whole estate beside the one of the live tests: with others beside them they wait longer than they may. */
const ALONE = ['test/sandbox/gateway/**/*.test.ts', 'test/sandbox/killed-start.test.ts']
/** Minutes of mostly waiting each: begun first, none of them is waited for alone at the end. */
const LONG = ['incident-long', 'incident', 'alert', 'monitoring-update'].map(name => `test/workflows/${name}.test.ts`)
const LIVE = ['test/live/**/*.test.ts']
const ALL = ['test/**/*.test.ts']

const words = process.argv.slice(2)
const stages = STAGES.filter(stage => words.length === 0 || words.includes(stage))
const files = words.filter(word => word.endsWith('.test.ts'))

/** Files of tests that are under way end with the run, and what they have started ends with them. */
const interruption = new AbortController()
let estate: LiveEstate | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    interruption.abort()
    await estate?.stop()
    process.exit(130)
  })
}

const unit = globSync(UNIT).toSorted()
const needsServer = stages.includes('real') || stages.includes('live') || files.some(file => !unit.includes(file))
// These ask for processor time only, of which there is enough for all. The server is built here, once: each file of tests
// would build one for itself, in the time that it has for its tests.
const [sources, cheap] = await Promise.all([
  stages.includes('gate') ? checkSources() : emptyCounts,
  stages.includes('unit') ? runFiles(unit, 1) : emptyCounts,
  needsServer ? buildServer() : undefined,
])
const counts: Counts[] = [sources, cheap]
const live = [...(stages.includes('live') ? globSync(LIVE) : []), ...files.filter(isLive)]
// The estate boots while the tests before the live ones run: it waits for programs more than it computes.
if (live.length > 0) estate = bootEstate()
try {
  if (stages.includes('real')) {
    const alone = globSync(ALONE).toSorted()
    const others = new Set([...unit, ...alone, ...globSync(LIVE), ...LONG])
    const short = globSync(ALL).filter(file => !others.has(file))
    // The last folder, workflows, has the longest of them.
    counts.push(await runFiles([...LONG, ...short.toSorted().toReversed()], 4))
    counts.push(await runFiles(alone, 1))
  }
  counts.push(
    await runFiles(
      files.filter(file => !isLive(file)),
      1,
    ),
  )
  await estate?.ready
  // One boot serves all live files; they run one after the other because they break parts of it.
  counts.push(await runFiles(live.toSorted(), 1))
} finally {
  await estate?.stop()
}

const total = counts.reduce(sum, emptyCounts)
const nothing = total.passed + total.failed === 0
if (nothing) process.stdout.write(`nothing to run for: ${words.join(' ')} (stages: ${STAGES.join(', ')})\n`)
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed > 0 || nothing ? 1 : 0

/** Some minutes on a machine that has none yet, and says so meanwhile. */
async function buildServer(): Promise<void> {
  let told = Date.now()
  await buildTemporal(join(import.meta.dirname, '..'), line => {
    if (Date.now() - told < 30_000) return
    told = Date.now()
    process.stdout.write(`  building the Temporal server: ${line}\n`)
  })
}

function isLive(file: string): boolean {
  return file.includes('test/live/')
}

async function runFiles(files: readonly string[], concurrency: number): Promise<Counts> {
  if (files.length === 0) return emptyCounts
  const stream = run({ files, concurrency, timeout: 600_000, signal: interruption.signal })
  const counted = toldIn(stream)
  await pipeline(stream, new spec(), new PassThrough(), process.stdout, { end: false })
  return counted()
}
