/** Runs the project's own `ops` command on the estate, recorded like every other process of it. */
import { join } from 'node:path'
import { execa } from 'execa'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf } from '../estate/paths.ts'
import { Problem } from '../estate/problem.ts'
import { identify } from '../estate/proc.ts'
import { removeRecord, writeRecord } from '../estate/records.ts'
import type { Environment } from './environment.ts'

export interface OpsResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export async function ops(
  plan: EstatePlan,
  environment: Environment,
  words: readonly string[],
  signal?: AbortSignal,
): Promise<OpsResult> {
  const { run } = pathsOf(plan)
  const command = [join(plan.checkout, 'starters/ops.ts'), ...words]
  const process = execa(nodeOf(plan), command, {
    reject: false,
    stdin: 'ignore',
    cwd: plan.checkout,
    env: { ...environment, NO_COLOR: '1' },
    detached: true,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  })
  const self = process.pid === undefined ? undefined : identify(process.pid)
  const name = `ops-${process.pid}`
  if (self !== undefined) writeRecord(run, { ...self, name, command: `ops ${words.join(' ')}` })
  const result = await process
  removeRecord(run, name)
  signal?.throwIfAborted()
  return { code: result.exitCode ?? 3, stdout: result.stdout, stderr: result.stderr }
}

/** The same for a command that has to succeed. */
export async function opsDone(
  plan: EstatePlan,
  environment: Environment,
  words: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const result = await ops(plan, environment, words, signal)
  if (result.code === 0) return result.stdout
  const reason = (result.stderr || result.stdout).trim().split('\n').slice(-6).join('\n')
  throw new Problem(`'ops ${words.join(' ')}' ended with code ${result.code}: ${reason}`)
}

export function nodeOf(plan: EstatePlan): string {
  return join(plan.checkout, 'node_modules/.bin/node')
}
