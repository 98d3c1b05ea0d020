/** A real Temporal server with time skipping, the real workflows, and fake hands: what a workflow test needs. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker'
import { askAgain } from '../../activities/ask-again.ts'
import type { ControlPlaneActivities } from '../../activities/control-plane.ts'
import type { FixActivities, FixHands } from '../../activities/fix-hands.ts'
import type { HostActivities } from '../../activities/host.ts'
import type { ApprovalActivities, ChatActivities, IncidentActivities } from '../../activities/incident-response.ts'
import type { ResponseHands } from '../../activities/response-hands.ts'
import type { HealthCheckRequest } from '../../domain/health-check.ts'
import { CHAT_QUEUE, CONTROL_QUEUE, type HostName, hostQueue } from '../../domain/ids.ts'
import { observed } from '../../domain/observed.ts'
import type { RunDocument } from '../../domain/report/document.ts'
import type { RunRecord } from '../../domain/run-record.ts'
import { startTemporalForTests, type TestTemporal } from '../../sandbox/temporal/for-tests.ts'
import { workflowBundle } from '../../workers/bundle.ts'
import { guardActivity } from '../../workers/failures.ts'
import { alpha, beta, estate, greeting, healthyHost, system } from './facts.ts'

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  // A file of tests that takes too long is ended by a signal, which workers would wait for instead.
  shutdownSignals: [],
  // A test may end a run whose activities are under way.
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
})

const ROOT = join(import.meta.dirname, '..', '..')

/** A worker for one queue. */
export type Post = Pick<WorkerOptions, 'taskQueue' | 'activities' | 'workflowBundle' | 'maxCachedWorkflows'>

export interface Rig {
  readonly server: TestTemporal
  readonly client: Client
  /** Runs `story` while these workers are polling. */
  whileWorking<T>(posts: readonly Post[], story: () => Promise<T>): Promise<T>
  /** Runs `story` while workers with these hands are polling. Hosts without hands are silent. */
  withWorkers<T>(hands: Hands, story: () => Promise<T>): Promise<T>
  /** From now on the run skips time while none of its activities runs; so do the runs that continue it. */
  skipTime(workflowId: string): Promise<void>
  /** Starts a health check that skips time while nothing runs. */
  startHealthCheck(request?: Partial<HealthCheckRequest>): Promise<WorkflowHandle<() => Promise<RunRecord>>>
  close(): Promise<void>
}

export interface Hands {
  readonly control: Partial<ControlPlaneActivities & IncidentActivities & ApprovalActivities & FixActivities>
  readonly hosts: Readonly<Record<string, Partial<HostActivities & ResponseHands>>>
  /** Without these nobody works for the queue `chat`. */
  readonly chat?: Partial<ChatActivities>
  /** How many workflows the worker keeps; 0 replays each one from its beginning at every step, which finds what is not deterministic. */
  readonly maxCachedWorkflows?: number
}

/** `address` is a loopback address of its own for each test file. */
export async function openRig(address: string): Promise<Rig> {
  const cache = join(ROOT, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'rig-'))
  const server = await startTemporalForTests({ checkout: ROOT, folder, address })
  const connection = await Connection.connect({ address: server.address })
  const native = await NativeConnection.connect({ address: server.address })
  const client = new Client({ connection, namespace: server.namespace, interceptors: { workflow: [askAgain] } })
  const skipTime = async (workflowId: string): Promise<void> => {
    await client.workflowService.updateWorkflowExecutionOptions({
      namespace: server.namespace,
      workflowExecution: { workflowId },
      workflowExecutionOptions: { timeSkippingConfig: { enabled: true } },
      updateMask: { paths: ['time_skipping_config'] },
    })
  }
  const whileWorking: Rig['whileWorking'] = async (posts, story) => {
    const workers = await Promise.all(
      posts.map(post =>
        Worker.create({
          connection: native,
          namespace: server.namespace,
          interceptors: {
            activity: [(context: Parameters<typeof guardActivity>[0]) => ({ inbound: guardActivity(context) })],
          },
          stickyQueueScheduleToStartTimeout: '1 second',
          ...post,
        }),
      ),
    )
    const running = workers.map(worker => worker.run())
    try {
      return await story()
    } finally {
      for (const worker of workers) worker.shutdown()
      await Promise.all(running)
    }
  }
  return {
    server,
    client,
    skipTime,
    whileWorking,
    async withWorkers({ control, chat, hosts, maxCachedWorkflows }, story) {
      const kept = maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }
      const decider = { taskQueue: CONTROL_QUEUE, activities: control, workflowBundle: await workflowBundle(), ...kept }
      return await whileWorking([decider, ...postsOf(hosts, chat)], story)
    },
    async startHealthCheck(request = {}) {
      const workflowId = `health-check:${randomUUID()}`
      const handle = await client.workflow.start<(request: HealthCheckRequest) => Promise<RunRecord>>('healthCheck', {
        workflowId,
        taskQueue: CONTROL_QUEUE,
        args: [{ host: null, only: null, requestedBy: 'test', ...request }],
      })
      await skipTime(workflowId)
      return handle as WorkflowHandle<() => Promise<RunRecord>>
    },
    async close() {
      await native.close()
      await connection.close()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The workers beside the one that decides. */
export function postsOf(hosts: Hands['hosts'], chat: Hands['chat']): readonly Post[] {
  const queues = Object.entries(hosts).map(([host, activities]) => ({
    taskQueue: hostQueue(host as HostName),
    activities,
  }))
  return chat === undefined ? queues : [...queues, { taskQueue: CHAT_QUEUE, activities: chat }]
}

/** What a host tells about itself when all is well. */
type LookingHands = Omit<HostActivities, keyof (ResponseHands & FixHands)>

/** Hands of a host that is well, but for what a test changes. */
export function handsOf(host: typeof alpha, changes: Partial<LookingHands> = {}): LookingHands {
  const facts = healthyHost(host)
  const missing = observed(null as never)
  return {
    greet: async () => greeting,
    inspectSystem: async () => system,
    measureUsage: async () => facts.usage ?? missing,
    countSessions: async () => facts.sessions ?? missing,
    probeAcp: async () => facts.availability ?? missing,
    reviewLog: async () => facts.log ?? missing,
    inspectDatabase: async () => facts.database ?? missing,
    ...changes,
  }
}

export interface Paper {
  readonly documents: RunDocument[]
  readonly ends: Parameters<ControlPlaneActivities['recordEnd']>[0][]
}

/** A control plane that writes on paper what it is given. */
export function controlHands(changes: Partial<ControlPlaneActivities> = {}): {
  hands: ControlPlaneActivities
  paper: Paper
} {
  const paper: Paper = { documents: [], ends: [] }
  const hands: ControlPlaneActivities = {
    readEstate: async () => estate,
    recallBackground: async () => ({ histories: [], weeks: [] }),
    documentRun: async document => {
      paper.documents.push(document)
      return { artefacts: document.record.artefacts }
    },
    recordEnd: async run => {
      paper.ends.push(run)
    },
    ...changes,
  }
  return { hands, paper }
}

export function bothHosts(changes: Partial<LookingHands> = {}): Readonly<Record<string, LookingHands>> {
  return { alpha: handsOf(alpha, changes), beta: handsOf(beta) }
}
