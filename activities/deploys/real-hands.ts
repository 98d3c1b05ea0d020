/** The deploy of fixes and the checks around it, put together from the real tools of this host. */
import { readFile } from 'node:fs/promises'
import type { AcpTransport } from '../../domain/estate.ts'
import type { Handshake } from '../../domain/facts.ts'
import { converse } from '../adapters/acp.session.ts'
import type { Download } from '../adapters/artefact-download.ts'
import { installText, restoreText } from '../adapters/deployed-file.ts'
import { countErrors } from '../adapters/error-counts.ts'
import { mayOwnFor } from '../adapters/file-owner.ts'
import { readBootId } from '../adapters/procfs.ts'
import { metricValue, readMetrics } from '../adapters/prometheus-text.ts'
import { CONFIGURATION } from '../adapters/recent-changes.ts'
import { createReleases } from '../adapters/releases.ts'
import { readKept } from '../adapters/swap-files.ts'
import { readUnitRun, reloadUnits, restartUnit } from '../adapters/systemd.run.ts'
import type { FixHands } from '../fix-hands.ts'
import type { Workaround } from '../workarounds/workaround.ts'
import { createDeployFix } from './deploy-fix.ts'
import { createFixHands } from './fix-hands.ts'

/** Requests that the gateway has not answered yet, turns among them. */
const PENDING = 'opencode_acp_requests_pending'
const SETTLE_MS = 30_000

type ShakeHands = (acp: AcpTransport, options: { deadlineMs: number; signal: AbortSignal }) => Promise<Handshake>

export function realDeployFix(download: Download): Workaround {
  return createDeployFix({
    configuration: CONFIGURATION,
    download,
    fetchText: async (sha256, signal) => await readFile(await download(sha256, signal), 'utf8'),
    readKept,
    mayOwnFor,
    installText,
    restoreText,
    releases: createReleases(),
    readUnitRun,
    readBootId,
    restartUnit,
    reloadUnits,
    countPending: async url => metricValue(await readMetrics(url), PENDING),
  })
}

export function realFixHands(shakeHands: ShakeHands): FixHands {
  return createFixHands({
    shakeHands,
    converse,
    configuration: CONFIGURATION,
    readKept,
    countErrors,
    patienceMs: SETTLE_MS,
  })
}
