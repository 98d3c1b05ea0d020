/** The brain: all workflows, and the activities that talk to the outside world. Queue `control`. */
import { Worker } from '@temporalio/worker'
import { createFolderStore } from '../activities/adapters/artefact-store.ts'
import { readEstate } from '../activities/adapters/estate-file.ts'
import { openLedger } from '../activities/adapters/ledger/ledger.ts'
import type { ControlPlaneActivities } from '../activities/control-plane.ts'
import { createDocumentationActivities } from '../activities/documentation.ts'
import { createReportActivities } from '../activities/reports.ts'
import { CONTROL_QUEUE } from '../domain/ids.ts'
import { workflowBundle } from './bundle.ts'
import { readControlPlaneConfig, readSecret } from './config.ts'
import { guardActivity } from './failures.ts'
import { createLogger } from './logging.ts'
import { closeQuietly, connect, installRuntime, main, runWorker } from './runtime.ts'
import { CACHED_WORKFLOWS } from './sizes.ts'
import { uploadRoutes } from './uploads.ts'

const logger = createLogger('control-plane', process.env.OPS_LOG_LEVEL ?? 'info')

await main(logger, async () => {
  const config = readControlPlaneConfig(process.env)
  const ledger = openLedger({ connectionString: readSecret(config.OPS_LEDGER_URL_FILE) })
  const store = createFolderStore(config.OPS_ARTEFACTS)
  const tokens: Readonly<Record<string, string>> = JSON.parse(readSecret(config.OPS_HOST_TOKENS))
  installRuntime(logger, config.OPS_HTTP)
  const { connection, namespace } = await connect()
  const activities: ControlPlaneActivities = {
    readEstate: () => readEstate(config.OPS_ESTATE),
    ...createDocumentationActivities({ ledger, publish: createReportActivities({ store }).publishReport }),
  }
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: CONTROL_QUEUE,
      workflowBundle: await workflowBundle(),
      activities,
      interceptors: { activity: [context => ({ inbound: guardActivity(context) })] },
      maxCachedWorkflows: CACHED_WORKFLOWS,
      maxConcurrentWorkflowTaskExecutions: 40,
      maxConcurrentActivityTaskExecutions: 20,
      stickyQueueScheduleToStartTimeout: '5 seconds',
      shutdownGraceTime: '20 seconds',
      shutdownForceTime: '30 seconds',
    })
    await runWorker(worker, logger, config.OPS_HTTP, uploadRoutes(store, tokens))
  } finally {
    await ledger.close()
    await closeQuietly(connection, logger)
  }
})
