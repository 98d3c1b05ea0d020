/** All that was changed on this host lately, put together: packages, configuration, units, boots. Our own runs the ledger knows. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChangesReading, HostChange } from '../../domain/incident/evidence.ts'
import { readAptHistory } from './apt-history.ts'
import { readUpSeconds } from './procfs.ts'
import { CONFIGURATION_FOLDER, readChangedFiles, readNpmChanges, UNIT_FOLDERS } from './recent-changes.ts'

const MOST_CHANGES = 200

/** Since a time in milliseconds, newest first. */
export async function readHostChanges(since: number, signal?: AbortSignal): Promise<ChangesReading> {
  const found = await Promise.all([
    readAptHistory(since),
    readNpmChanges(since),
    readChangedFiles('configuration', [CONFIGURATION_FOLDER], since),
    readChangedFiles('unit', UNIT_FOLDERS, since),
    readBoot(since),
  ])
  signal?.throwIfAborted()
  return {
    changes: found
      .flat()
      .toSorted((a, b) => (a.at > b.at ? -1 : 1))
      .slice(0, MOST_CHANGES),
    hasPreviousConfiguration: await exists(join(CONFIGURATION_FOLDER, 'opencode.json.previous')),
  }
}

async function readBoot(since: number): Promise<readonly HostChange[]> {
  const bootedAt = Date.now() - (await readUpSeconds()) * 1_000
  if (bootedAt <= since) return []
  return [{ at: new Date(bootedAt).toISOString(), kind: 'boot', what: 'the host was booted' }]
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
