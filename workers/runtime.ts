/** What every worker process does the same way: runtime, connection, health and metrics endpoint, and a graceful end. */
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection, Runtime, type Worker } from '@temporalio/worker'
import { OpsError } from '../domain/failures.ts'
import { NAMESPACE } from '../domain/ids.ts'
import { metricsAddress, type Routes, serve } from './http.ts'
import { type ProcessLogger, temporalLogger } from './logging.ts'

/** Must run before anything else of Temporal's in this process. */
export function installRuntime(logger: ProcessLogger, http: string): void {
  Runtime.install({
    logger: temporalLogger(logger),
    telemetryOptions: {
      metrics: {
        prometheus: { bindAddress: metricsAddress(http), useSecondsForDurations: true, countersTotalSuffix: true },
      },
      logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } },
    },
  })
}

export interface TemporalDoor {
  readonly connection: NativeConnection
  readonly namespace: string
}

/** Connects by Temporal's own environment variables (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TLS and API key ones). */
export async function connect(): Promise<TemporalDoor> {
  const { connectionOptions, namespace } = loadClientConnectConfig()
  try {
    return { connection: await NativeConnection.connect(connectionOptions), namespace: namespace ?? NAMESPACE }
  } catch (cause) {
    const address = connectionOptions.address ?? 'localhost:7233'
    const hint = 'Start the Temporal server, or correct TEMPORAL_ADDRESS; the service manager starts this worker again.'
    throw new OpsError({ owner: 'host', message: `no Temporal server answers at ${address}`, hint }, { cause })
  }
}

/** A connection that a worker still holds refuses to close; that must not hide why the process ends. */
export async function closeQuietly(connection: NativeConnection, logger: ProcessLogger): Promise<void> {
  await connection
    .close()
    .catch((error: unknown) => logger.debug({ err: error }, 'the connection ends with the process'))
}

/**
 * Runs until a signal ends the process; running activities get the worker's grace time.
 * @param about what else /healthz says.
 */
export async function runWorkers(
  workers: readonly Worker[],
  logger: ProcessLogger,
  http: string,
  routes: Routes = {},
  about: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const server = await serve(http, logger, {
    'GET /healthz': async () => {
      const states = workers.map(worker => ({ taskQueue: worker.options.taskQueue, state: worker.getState() }))
      const isRunning = states.every(({ state }) => state === 'RUNNING')
      const state = isRunning ? 'RUNNING' : 'NOT_RUNNING'
      return { status: isRunning ? 200 : 503, body: { state, workers: states, ...about } }
    },
    ...routes,
  })
  try {
    logger.info({ http, taskQueues: workers.map(worker => worker.options.taskQueue) }, 'worker is ready')
    await Promise.all(workers.map(worker => worker.run().finally(() => endOthers(workers, worker))))
  } finally {
    await server.close()
    Runtime.instance().flushLogs()
    logger.info('worker has ended')
  }
}

/** Half a process is worse than none: the service manager starts a whole one. */
function endOthers(workers: readonly Worker[], ended: Worker): void {
  for (const worker of workers) if (worker !== ended && worker.getState() === 'RUNNING') worker.shutdown()
}

/** Starts a process; what keeps it from starting is said in one line with a hint, and exit code 1. */
export async function main(logger: ProcessLogger, start: () => Promise<void>): Promise<void> {
  try {
    await start()
  } catch (error) {
    if (error instanceof OpsError) logger.fatal({ owner: error.owner, hint: error.hint }, error.message)
    else logger.fatal({ err: error }, 'worker broke')
    process.exitCode = 1
  }
}
