/** The hands in an incident, put together from the real tools of this host. */

import { readDisks } from './adapters/disks.ts'
import { readHostChanges } from './adapters/host-changes.ts'
import { readLogOfIncident } from './adapters/incident-log.ts'
import { readLastDeploy } from './adapters/last-deploy.ts'
import { blockClient, isBlocked, unblockClient } from './adapters/nft.ts'
import { inspectPostgres } from './adapters/postgres.ts'
import { readDatabaseActivity } from './adapters/postgres-activity.ts'
import { readVariable } from './adapters/process-variable.ts'
import { readHottest, readOomKills } from './adapters/processes.ts'
import { readBootId, readMemory } from './adapters/procfs.ts'
import { metricValue, readMetrics } from './adapters/prometheus-text.ts'
import { CONFIGURATION, readGrownFiles } from './adapters/recent-changes.ts'
import { deleteFile, findReclaimable, isStillThere } from './adapters/reclaimable.ts'
import { createReleases } from './adapters/releases.ts'
import { readConnections } from './adapters/sockets.ts'
import { exchangeFiles, previousOf, readKept, undoneOf } from './adapters/swap-files.ts'
import { LIMIT_VARIABLE, limitFiles, readLimit, removeLimit, writeLimit } from './adapters/systemd.drop-in.ts'
import { readUnitEvents } from './adapters/systemd.events.ts'
import { readUnitRun, reloadUnits, restartUnit } from './adapters/systemd.run.ts'
import { readService, showUnit } from './adapters/systemd.ts'
import type { Upload } from './adapters/upload.ts'
import { createChangeActivities } from './changes.ts'
import type { CollectorPorts } from './collectors.ts'
import { createEvidenceActivities } from './evidence.ts'
import type { ResponseHands } from './response-hands.ts'
import type { Workaround } from './workarounds/workaround.ts'

export interface ResponseDependencies {
  readonly upload: Upload
  readonly shakeHands: CollectorPorts['shakeHands']
  /** Absent where fixes cannot be deployed. */
  readonly deployFix?: Workaround
}

const SESSIONS = 'opencode_acp_sessions_active'

export function createResponseHands({ upload, shakeHands, deployFix }: ResponseDependencies): ResponseHands {
  const releases = createReleases()
  return {
    ...createEvidenceActivities({
      upload,
      shakeHands,
      readService,
      showUnit,
      readUnitEvents,
      readLogOfIncident,
      readHottest,
      readMemory,
      readOomKills,
      readConnections,
      countSessions: async (url, signal) => metricValue(await readMetrics(url, signal), SESSIONS),
      readDisks,
      readGrownFiles,
      inspectPostgres,
      readDatabaseActivity,
      readChanges: async (since, unit, signal) => await readHostChanges(since, unit, releases, signal),
    }),
    ...createChangeActivities(
      {
        clock: Date.now,
        shakeHands,
        readBootId,
        readUnitRun,
        restartUnit,
        reloadUnits,
        findReclaimable,
        isStillThere,
        deleteFile,
        readRunningLimit: async pid => {
          const text = await readVariable(pid, LIMIT_VARIABLE)
          return text === null || !/^\d+$/.test(text) ? null : Number(text)
        },
        limitFiles,
        readLimit,
        writeLimit,
        removeLimit,
        isBlocked,
        blockClient,
        unblockClient,
        configuration: CONFIGURATION,
        previousOf,
        undoneOf,
        readKept,
        exchangeFiles,
        releases,
        readLastDeploy: async unit => await readLastDeploy(CONFIGURATION, releases, unit),
      },
      deployFix ?? null,
    ),
  }
}
