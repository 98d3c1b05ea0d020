/** The brain: all workflows, and the activities that talk to the outside world. Queues `control` and `chat`. */
import { join } from 'node:path'
import { Client } from '@temporalio/client'
import { Worker, type WorkerOptions } from '@temporalio/worker'
import { createFolderStore } from '../activities/adapters/artefact-store.ts'
import { openTeamFile } from '../activities/adapters/estate-file.kept.ts'
import { openLedger } from '../activities/adapters/ledger/ledger.ts'
import { askAgain } from '../activities/ask-again.ts'
import { CHAT_QUEUE, CONTROL_QUEUE } from '../domain/ids.ts'
import { workflowBundle } from './bundle.ts'
import { readControlPlaneConfig, readSecret } from './config.ts'
import { guardActivity } from './failures.ts'
import { chatHands, controlHands } from './hands.ts'
import { createLogger } from './logging.ts'
import { closeQuietly, connect, installRuntime, main, runWorkers } from './runtime.ts'
import { CACHED_WORKFLOWS, CHAT_ACTIVITIES } from './sizes.ts'
import { uploadRoutes } from './uploads.ts'

const logger = createLogger('control-plane', process.env.OPS_LOG_LEVEL ?? 'info')

await main(logger, async () => {
  const config = readControlPlaneConfig(process.env)
  const ledger = openLedger({ connectionString: readSecret(config.OPS_LEDGER_URL_FILE) })
  const store = createFolderStore(config.OPS_ARTEFACTS)
  const people = openTeamFile(config.OPS_ESTATE, join(config.OPS_ARTEFACTS, 'estate.last.yaml'))
  const tokens: Readonly<Record<string, string>> = JSON.parse(readSecret(config.OPS_HOST_TOKENS))
  installRuntime(logger, config.OPS_HTTP)
  const { connection, namespace } = await connect()
  const client = new Client({
    connection,
    namespace,
    identity: 'ops control plane',
    interceptors: { workflow: [askAgain] },
  })
  const shared = {
    connection,
    namespace,
    interceptors: { activity: [context => ({ inbound: guardActivity(context) })] },
    shutdownGraceTime: '20 seconds',
    shutdownForceTime: '30 seconds',
  } satisfies Partial<WorkerOptions>
  try {
    const control = await Worker.create({
      ...shared,
      taskQueue: CONTROL_QUEUE,
      workflowBundle: await workflowBundle(),
      activities: controlHands({ config, ledger, people, store, client }),
      maxCachedWorkflows: CACHED_WORKFLOWS,
      maxConcurrentWorkflowTaskExecutions: 40,
      maxConcurrentActivityTaskExecutions: 20,
      stickyQueueScheduleToStartTimeout: '5 seconds',
    })
    // Whoever waits for Slack waits here, and keeps nobody else from the ledger.
    const chat = await Worker.create({
      ...shared,
      taskQueue: CHAT_QUEUE,
      activities: chatHands({ config, ledger, people, client, logger }),
      maxConcurrentActivityTaskExecutions: CHAT_ACTIVITIES,
      maxHeartbeatThrottleInterval: '3 seconds',
    })
    // What the doctor cannot see from outside: whether this process was given a token.
    const about = { slack: config.OPS_SLACK_TOKEN_FILE !== undefined }
    await runWorkers([control, chat], logger, config.OPS_HTTP, uploadRoutes(store, tokens), about)
  } finally {
    await ledger.close()
    await closeQuietly(connection, logger)
  }
})
