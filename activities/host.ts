/** What a host worker can do: a closed set of verbs on its own machine. None of them runs a command line given to it. */
import { type AcpCommand, shakeHands } from './adapters/acp.ts'
import type { Download } from './adapters/artefact-download.ts'
import { readCertificates } from './adapters/certificates.ts'
import { measureUnit } from './adapters/cgroup.ts'
import { readDisks } from './adapters/disks.ts'
import { readJournal } from './adapters/journal.ts'
import { readLogFiles } from './adapters/log-files.ts'
import { inspectPostgres } from './adapters/postgres.ts'
import { readBootId, readLoad, readMemory, readUpSeconds } from './adapters/procfs.ts'
import { metricValue, readMetrics } from './adapters/prometheus-text.ts'
import { listFailedUnits, readService } from './adapters/systemd.ts'
import type { Upload } from './adapters/upload.ts'
import { inspectZed } from './adapters/zed.ts'
import { createAvailabilityActivities } from './availability.ts'
import { createServerClock } from './clock.ts'
import { createDatabaseActivities } from './database.ts'
import { realDeployFix, realFixHands } from './deploys/real-hands.ts'
import { createInspectionActivities } from './inspection.ts'
import { createLogReviewActivities } from './log-review.ts'
import { createResponseHands } from './response.ts'

export interface HostDependencies {
  /** The door through which artefacts reach the control plane. */
  readonly upload: Upload
  /** The same door, the other way; without it no fix can be deployed here. */
  readonly download?: Download
  /** The agent that this host starts when the estate says stdio. */
  readonly acpCommand: AcpCommand
}

export type HostActivities = ReturnType<typeof createHostActivities>

export function createHostActivities({ upload, download, acpCommand }: HostDependencies) {
  return {
    ...createResponseHands({
      upload,
      shakeHands: (acp, options) => shakeHands(acp, options, acpCommand),
      ...(download === undefined ? {} : { deployFix: realDeployFix(download) }),
    }),
    ...realFixHands((acp, options) => shakeHands(acp, options, acpCommand)),
    ...createInspectionActivities({
      clock: Date.now,
      serverClock: createServerClock(),
      readBootId,
      readUpSeconds,
      readService,
      listFailedUnits,
      readDisks,
      readMemory,
      readLoad,
      readCertificates,
      inspectZed,
      measureUnit,
    }),
    ...createAvailabilityActivities({
      shakeHands: (acp, options) => shakeHands(acp, options, acpCommand),
      readMetrics,
      metricValue,
    }),
    ...createLogReviewActivities({ readLogFiles, readJournal, upload }),
    ...createDatabaseActivities({ inspect: inspectPostgres }),
  }
}
