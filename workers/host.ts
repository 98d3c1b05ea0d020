/** The hands on one host: activities only, a closed set of typed verbs, no command line given from outside. Queue `host:<name>`. */
import { resolve } from 'node:path'
import { Worker } from '@temporalio/worker'
import { createDownload } from '../activities/adapters/artefact-download.ts'
import { createUpload } from '../activities/adapters/upload.ts'
import { createHostActivities } from '../activities/host.ts'
import { OpsError } from '../domain/failures.ts'
import { hostQueue, parseHostName } from '../domain/ids.ts'
import { readHostConfig, readSecret } from './config.ts'
import { guardActivity } from './failures.ts'
import { createLogger } from './logging.ts'
import { closeQuietly, connect, installRuntime, main, runWorkers } from './runtime.ts'

/** A health check asks for six things at once and an incident for seven; with two of each, a waiting one would look like a silent host. */
const CONCURRENT_ACTIVITIES = 32

const logger = createLogger('host', process.env.OPS_LOG_LEVEL ?? 'info')

await main(logger, async () => {
  const config = readHostConfig(process.env)
  const host = parseHostName(config.OPS_HOST)
  if (host === null) {
    const hint = 'Set OPS_HOST to the name that this host has in the estate file.'
    throw new OpsError({ owner: 'configuration', message: `"${config.OPS_HOST}" is no host name`, hint })
  }
  const door = { url: config.OPS_UPLOAD_URL, token: readSecret(config.OPS_HOST_TOKEN_FILE) }
  installRuntime(logger, config.OPS_HTTP)
  const { connection, namespace } = await connect()
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: hostQueue(host),
      activities: createHostActivities({
        upload: createUpload(door),
        download: createDownload({ ...door, folder: resolve('fixes') }),
        acpCommand: config.OPS_ACP_COMMAND,
      }),
      interceptors: { activity: [context => ({ inbound: guardActivity(context) })] },
      maxConcurrentActivityTaskExecutions: CONCURRENT_ACTIVITIES,
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
      // A cancelled read on a dying run frees its slot soon.
      maxHeartbeatThrottleInterval: '3 seconds',
      shutdownGraceTime: '5 seconds',
      shutdownForceTime: '10 seconds',
    })
    await runWorkers([worker], logger, config.OPS_HTTP)
  } finally {
    await closeQuietly(connection, logger)
  }
})
