/** How much longer a health check of two real hosts takes than its longest chain of activities, and how much history it writes. */
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { execa } from 'execa'
import type { RunRecord } from '../../domain/run-record.ts'
import { type Figure, ROUNDS, show, showAdded, spread, tell } from './figures.ts'
import { stepsOf } from './history.ts'
import { longestChain } from './longest-chain.ts'
import { onEstate, ROOT } from './on-estate.ts'

const BUDGET_SECONDS = 3
const BUDGET_KB = 64

interface Check {
  /** From start to end, by the server's clock. */
  readonly wall: number
  readonly chain: number
  readonly chainWords: string
  /** From the command to the end of its output. */
  readonly command: number
  readonly historyKb: number
}

export async function healthCheckWall(): Promise<readonly Figure[]> {
  return await onEstate(async ({ client, environment }) => {
    const checks: Check[] = []
    for (let round = 0; round < ROUNDS; round++) checks.push(await check(client, environment))
    return figuresOf(checks)
  })
}

async function check(client: Client, environment: Readonly<Record<string, string>>): Promise<Check> {
  const begun = performance.now()
  const { stdout, stderr } = await execa(
    process.execPath,
    [join(ROOT, 'bin', 'ops.mjs'), 'run', 'health-check', '--wait', '--json'],
    { env: environment, reject: false, stdin: 'ignore', timeout: 180_000 },
  )
  const command = (performance.now() - begun) / 1_000
  if (stdout === '') throw new Error(`the health check gave no record: ${stderr}`)
  const record: RunRecord = JSON.parse(stdout)
  const handle = client.workflow.getHandle(record.workflowId, record.runId)
  const { startTime, closeTime, historySize } = await handle.describe()
  if (closeTime === undefined || historySize === undefined) throw new Error('the run is not closed')
  const { ms, words } = longestChain(stepsOf(await handle.fetchHistory()))
  const wall = (closeTime.getTime() - startTime.getTime()) / 1_000
  tell(`  ${record.verdict}: ${wall.toFixed(2)} s, chain ${(ms / 1_000).toFixed(2)} s (${words})`)
  return { wall, chain: ms / 1_000, chainWords: words, command, historyKb: historySize / 1_024 }
}

function figuresOf(checks: readonly Check[]): readonly Figure[] {
  const chain = `longest chain: ${show(spread(checks.map(one => one.chain)), 's')}`
  const history = spread(checks.map(one => one.historyKb))
  const against = (name: string, seconds: (check: Check) => number): Figure => {
    const added = spread(checks.map(one => seconds(one) - one.chain))
    return {
      name,
      figure: show(spread(checks.map(seconds)), 's'),
      baseline: chain,
      goal: `${showAdded(added, 's')} of +${BUDGET_SECONDS} s`,
      met: added.median <= BUDGET_SECONDS,
    }
  }
  return [
    against('health-check-wall, the run', one => one.wall),
    { ...against('health-check-wall, ops run --wait', one => one.command), met: null },
    {
      name: 'health-check-wall, history',
      figure: show(history, 'KB', 1),
      baseline: '-',
      goal: `< ${BUDGET_KB} KB`,
      met: history.median < BUDGET_KB,
    },
  ]
}
