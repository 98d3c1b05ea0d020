/**
 * What our steps cost beyond the engine they stand on: the procedure against a bare workflow with the same activities
 * (bare-workflow.ts says what is the same), in one worker, on one server, in turns. Before anything is measured the two
 * histories are compared: same activities, queues, timeouts, retry policies and sizes, or the benchmark is broken.
 */
import { randomUUID } from 'node:crypto'
import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import type { HealthCheckRequest } from '../../domain/health-check.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import { guardActivity } from '../../workers/failures.ts'
import { bundleOf } from '../support/bundle.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'
import type { BareRequest } from './bare-workflow.ts'
import { endingWith } from './endings.ts'
import { type Figure, ROUNDS, type Spread, show, showAdded, spread, tell } from './figures.ts'
import { resultBytes, type Step, stepsOf } from './history.ts'
import { type TimedHands, timedHands } from './timed-hands.ts'

const ADDRESS = '127.84.0.1'
const GOAL_PERCENT = 10
const REQUEST: HealthCheckRequest = { host: null, only: null, requestedBy: 'bench' }

/** The real ten-second CPU window lasts one second here, so the engine weighs ten times more than in real life. */
const SCALE = 0.1

/** How far the sizes of the payloads may be apart. */
const TOLERANCE = 0.05

export async function engineOverhead(): Promise<readonly Figure[]> {
  const bundle = await bundleOf('bench/engine-workflows.ts')
  const rig = await openRig(ADDRESS)
  return await endingWith(
    () => rig.close(),
    async () => [
      await withWorkers(rig, bundle, timedHands(SCALE), async () => {
        const { ours, bare, ratios } = await compare(rig, 5, ({ median }) => median)
        const percent = spread(ratios.map(ratio => (ratio - 1) * 100))
        return {
          name: `engine-overhead, hands at ${SCALE} of real time`,
          figure: show(spread(ours), 'ms', 0),
          baseline: `bare workflow: ${show(spread(bare), 'ms', 0)}`,
          goal: `${showAdded(percent, '%', 1)} of < +${GOAL_PERCENT} %`,
          met: percent.median < GOAL_PERCENT,
        }
      }),
      await withWorkers(rig, bundle, timedHands(0), async () => {
        // The fastest run of a round: what is left when the waits that may befall both are not there.
        const { ours, bare, ratios } = await compare(rig, 15, ({ min }) => min)
        const added = spread(ours.map((ms, round) => ms - (bare[round] ?? 0)))
        return {
          name: 'engine-overhead, instant hands, fastest runs',
          figure: show(spread(ours), 'ms', 0),
          baseline: `bare workflow: ${show(spread(bare), 'ms', 0)}`,
          goal: `x${spread(ratios).median.toFixed(2)}, ${showAdded(added, 'ms', 0)} a run`,
          met: null,
        }
      }),
    ],
  )
}

interface Comparison {
  /** One figure for each round, in milliseconds. */
  readonly ours: readonly number[]
  readonly bare: readonly number[]
  readonly ratios: readonly number[]
}

async function compare(rig: Rig, runs: number, sumUp: (times: Spread) => number): Promise<Comparison> {
  const request = await sameWork(rig)
  const procedure = () => timedRun(rig, 'healthCheck', REQUEST)
  const bareOne = () => timedRun(rig, 'bareHealthCheck', request)
  const [ours, bare]: [number[], number[]] = [[], []]
  for (let round = -1; round < ROUNDS; round++) {
    const times: Readonly<Record<'ours' | 'bare', number[]>> = { ours: [], bare: [] }
    for (let run = 0; run < runs; run++) {
      // Who comes first changes, so that neither always finds the other's traces.
      if ((round + run) % 2 === 0) times.ours.push((await procedure()).ms)
      times.bare.push((await bareOne()).ms)
      if ((round + run) % 2 !== 0) times.ours.push((await procedure()).ms)
    }
    if (round < 0) continue
    ours.push(sumUp(spread(times.ours)))
    bare.push(sumUp(spread(times.bare)))
  }
  return { ours, bare, ratios: ours.map((ms, round) => ms / (bare[round] ?? Number.NaN)) }
}

/** Makes the bare workflow as heavy as the procedure, and proves from both histories that they do the same work. */
async function sameWork(rig: Rig): Promise<BareRequest> {
  const { history: ours } = await timedRun(rig, 'healthCheck', REQUEST)
  const request = {
    documentBytes: stepsOf(ours).find(({ activity }) => activity === 'documentRun')?.inputBytes ?? 0,
    resultBytes: resultBytes(ours),
  }
  const { history: bare } = await timedRun(rig, 'bareHealthCheck', request)
  const [a, b] = [stepsOf(ours).toSorted(byName), stepsOf(bare).toSorted(byName)]
  const words = (steps: readonly Step[]): string =>
    steps.map(({ activity, queue, options }) => `${queue} ${activity} ${options}`).join('\n')
  if (words(a) !== words(b)) throw new Error(`not the same work:\n${words(a)}\n-- bare:\n${words(b)}`)
  const bytes = (steps: readonly Step[]): number => steps.reduce((sum, { inputBytes }) => sum + inputBytes, 0)
  if (Math.abs(bytes(a) / bytes(b) - 1) > TOLERANCE) throw new Error(`not the same size: ${bytes(a)} ${bytes(b)}`)
  tell(
    `  ${a.length} activities each, payloads ${bytes(a)} and ${bytes(b)} bytes, results ${resultBytes(ours)} and ` +
      `${resultBytes(bare)} bytes, ${ours.events?.length} and ${bare.events?.length} events`,
  )
  return request
}

function byName(a: Step, b: Step): number {
  return `${a.queue} ${a.activity}`.localeCompare(`${b.queue} ${b.activity}`)
}

async function timedRun({ client }: Rig, type: string, request: HealthCheckRequest | BareRequest) {
  const begun = performance.now()
  const handle = await client.workflow.start(type, {
    workflowId: `${type}:${randomUUID()}`,
    taskQueue: CONTROL_QUEUE,
    args: [request],
  })
  // One that hangs must not be waited for.
  await client.withDeadline(Date.now() + 60_000, () => handle.result())
  const ms = performance.now() - begun
  return { ms, history: await handle.fetchHistory() }
}

/** One worker for both workflows and the control plane's hands, and one for each host. */
async function withWorkers<T>(
  { server }: Rig,
  workflowBundle: WorkflowBundleOption,
  hands: TimedHands,
  story: () => Promise<T>,
): Promise<T> {
  const { namespace, address } = server
  const connection = await NativeConnection.connect({ address })
  const interceptors = {
    activity: [(context: Parameters<typeof guardActivity>[0]) => ({ inbound: guardActivity(context) })],
  }
  const common = { connection, namespace, interceptors }
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: CONTROL_QUEUE, workflowBundle, activities: hands.control }),
    ...Object.entries(hands.hosts).map(([host, activities]) =>
      Worker.create({ ...common, taskQueue: `host:${host}`, activities }),
    ),
  ])
  const running = workers.map(worker => worker.run())
  return await endingWith(async () => {
    for (const worker of workers) worker.shutdown()
    await Promise.all(running)
    await connection.close()
  }, story)
}
