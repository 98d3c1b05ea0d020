/** How long a warm `npm start -- --once` takes until the verdict of the first health check is on the terminal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endChild, endingWith } from './endings.ts'
import { type Figure, ROUNDS, show, spread, tell } from './figures.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ESTATE = 'bench'
const BUDGET_SECONDS = 60
const VERDICT = /^Morning health check: (\w+)/

interface Start {
  readonly verdict: string
  readonly verdictSeconds: number
  /** Until everything was stopped again. */
  readonly wholeSeconds: number
}

export async function warmStart(): Promise<readonly Figure[]> {
  const starts: Start[] = []
  // Round -1 makes the estate when it is not there yet, and is not counted.
  for (let round = -1; round < ROUNDS; round++) {
    const start = await startOnce()
    tell(`  ${round < 0 ? 'warm-up' : 'start'}: ${start.verdict} after ${start.verdictSeconds.toFixed(1)} s`)
    if (round >= 0) starts.push(start)
  }
  const seconds = spread(starts.map(({ verdictSeconds }) => verdictSeconds))
  const whole = spread(starts.map(({ wholeSeconds }) => wholeSeconds))
  const verdicts = [...new Set(starts.map(({ verdict }) => verdict))].join('/')
  return [
    {
      name: 'warm-start, until the verdict',
      figure: `${show(seconds, 's', 1)}, verdict ${verdicts}, n ${seconds.n}`,
      baseline: `until all is stopped: ${show(whole, 's', 1)}`,
      goal: `<= ${BUDGET_SECONDS} s`,
      met: seconds.median <= BUDGET_SECONDS,
    },
  ]
}

async function startOnce(): Promise<Start> {
  const begun = performance.now()
  const seconds = (): number => (performance.now() - begun) / 1_000
  const args = ['sandbox/boot.mjs', 'start', '--once', '--name', ESTATE]
  const estate = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  return await endingWith(
    () => endChild(estate, 'SIGINT'),
    async () => {
      const ended = once(estate, 'exit')
      const verdict = await untilVerdict(estate)
      const verdictSeconds = seconds()
      await ended
      return { verdict, verdictSeconds, wholeSeconds: seconds() }
    },
  )
}

async function untilVerdict(estate: ChildProcess): Promise<string> {
  if (estate.stdout === null) throw new Error('the estate has no output')
  const lines = createInterface({ input: estate.stdout })
  const said: string[] = []
  return await new Promise((resolve, reject) => {
    lines.on('line', line => {
      said.push(line)
      const verdict = VERDICT.exec(line)?.[1]
      if (verdict !== undefined) resolve(verdict)
    })
    estate.once('exit', code => reject(new Error(`no verdict (exit ${code}):\n${said.slice(-10).join('\n')}`)))
  })
}
