/**
 * What 1,000 open runs cost the control plane while they wait, and what makes the difference: a cached run costs memory,
 * one that is not cached costs a replay when it is asked for something; and V8 lets the young generation of each of the
 * two isolates (main thread, workflow thread) grow on a machine with much memory, whatever is cached.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HealthCheckRequest } from '../../domain/health-check.ts'
import { workflowBundle } from '../../workers/bundle.ts'
import { CACHED_WORKFLOWS } from '../../workers/sizes.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'
import { endChild, endingWith } from './endings.ts'
import { type Figure, ROUNDS, show, spread, tell } from './figures.ts'

const ADDRESS = '127.84.0.2'
const OPEN_RUNS = 1_000
const GOAL_MB = 150
const AT_ONCE = 50
const REQUEST: HealthCheckRequest = { host: null, only: null, requestedBy: 'bench' }

/** Runs that are asked how far they are, spread over old and new ones. */
const QUESTIONS = 200

interface Variant {
  readonly name: string
  readonly cacheSize: number
  readonly flags: readonly string[]
}

interface Sample {
  readonly beforeMb: number
  readonly growthMb: number
  readonly cached: number
  /** Mean time of an answer, one question at a time. */
  readonly answerMs: number
}

export async function openWorkflows(): Promise<readonly Figure[]> {
  const smallYoung = '--max-semi-space-size=2'
  const ours: Variant = {
    name: `cache ${CACHED_WORKFLOWS}, ${smallYoung} (ours)`,
    cacheSize: CACHED_WORKFLOWS,
    flags: [smallYoung],
  }
  const others: readonly Variant[] = [
    { name: `cache ${OPEN_RUNS}`, cacheSize: OPEN_RUNS, flags: [] },
    { name: 'cache 50', cacheSize: 50, flags: [] },
    { name: 'cache 500', cacheSize: 500, flags: [] },
  ]
  const measured = [ours, ...others].map(variant => ({ variant, samples: [] as Sample[] }))
  for (let round = 0; round < ROUNDS; round++) {
    // A server for each round, so that the runs of the last one are nobody's burden.
    const rig = await openRig(ADDRESS)
    await endingWith(
      () => rig.close(),
      async () => {
        for (const { variant, samples } of measured) samples.push(await measure(rig, variant))
      },
    )
  }
  return measured.map(({ variant, samples }) => figureOf(variant.name, variant === ours, samples))
}

function figureOf(name: string, isOurs: boolean, samples: readonly Sample[]): Figure {
  const growth = spread(samples.map(({ growthMb }) => growthMb))
  const answer = spread(samples.map(({ answerMs }) => answerMs))
  return {
    name: `open-workflows, ${name}`,
    figure: `RSS +${show(growth, 'MB', 0)}, an answer ${show(answer, 'ms', 1)}`,
    baseline: `idle: ${show(spread(samples.map(({ beforeMb }) => beforeMb)), 'MB', 0)}`,
    goal: isOurs ? `< +${GOAL_MB} MB` : '-',
    met: isOurs ? growth.median < GOAL_MB : null,
  }
}

async function measure(rig: Rig, { name, cacheSize, flags }: Variant): Promise<Sample> {
  const { address, namespace } = rig.server
  // Built here when it is new: what building takes would look like the worker's own need.
  await workflowBundle()
  const queue = name.replaceAll(/\W+/g, '-')
  const file = join(import.meta.dirname, 'open-workflows.worker.ts')
  const worker = fork(file, [address, namespace, queue, String(cacheSize)], { execArgv: [...flags] })
  return await endingWith(
    () => endChild(worker, 'SIGKILL'),
    async () => {
      await said(worker)
      await sleep(2_000)
      const beforeMb = residentMb(worker)
      const begun = performance.now()
      await inParallel(index => open(rig, queue, index))
      await inParallel(index => untilWaiting(rig, queue, index))
      const seconds = (performance.now() - begun) / 1_000
      await sleep(2_000)
      const growthMb = residentMb(worker) - beforeMb
      const answer = said(worker)
      worker.send({})
      const { cached } = await answer
      const answerMs = await ask(rig, queue)
      tell(
        `  ${name}: ${OPEN_RUNS} open in ${seconds.toFixed(1)} s, ${cached} cached, ` +
          `RSS ${beforeMb.toFixed(0)} +${growthMb.toFixed(0)} MB, an answer ${answerMs.toFixed(1)} ms`,
      )
      return { beforeMb, growthMb, cached, answerMs }
    },
  )
}

async function said(worker: ChildProcess): Promise<{ readonly cached: number }> {
  const gone = new AbortController()
  const ended = once(worker, 'exit', { signal: gone.signal }).then(([code]) => {
    throw new Error(`the worker ended (${code})`)
  })
  try {
    return await Promise.race([once(worker, 'message').then(([message]) => message), ended])
  } finally {
    ended.catch(() => {})
    gone.abort()
  }
}

function workflowId(queue: string, index: number): string {
  return `${queue}:${index}`
}

async function open({ client }: Rig, queue: string, index: number): Promise<void> {
  await client.workflow.start('healthCheck', {
    workflowId: workflowId(queue, index),
    taskQueue: queue,
    args: [REQUEST],
  })
}

/** A run waits when its first activity has been asked for. */
async function untilWaiting({ client }: Rig, queue: string, index: number): Promise<void> {
  const handle = client.workflow.getHandle(workflowId(queue, index))
  while (((await handle.describe()).raw.pendingActivities ?? []).length === 0) await sleep(200)
}

async function ask({ client }: Rig, queue: string): Promise<number> {
  const begun = performance.now()
  for (let question = 0; question < QUESTIONS; question++) {
    const index = (question * 373) % OPEN_RUNS
    await client.workflow.getHandle(workflowId(queue, index)).query('progress')
  }
  return (performance.now() - begun) / QUESTIONS
}

async function inParallel(act: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const line = async (): Promise<void> => {
    while (next < OPEN_RUNS) await act(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, line))
}

function residentMb({ pid }: ChildProcess): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (line === undefined) throw new Error('the worker has no memory')
  return Number(line) / 1_024
}
