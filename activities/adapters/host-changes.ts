/** All that was changed on this host lately, put together: packages, configuration, versions, units, boots. Our own runs the ledger knows. */
import { deployWords } from '../../domain/fixes/last-deploy.ts'
import type { ChangesReading, HostChange } from '../../domain/incident/evidence.ts'
import { APT_LOG_FOLDER, readAptHistory } from './apt-history.ts'
import { readLastDeploy } from './last-deploy.ts'
import { readUpSeconds } from './procfs.ts'
import {
  CONFIGURATION,
  CONFIGURATION_FOLDER,
  NPM_FOLDERS,
  readChangedFiles,
  readNpmChanges,
  UNIT_FOLDERS,
} from './recent-changes.ts'
import { isReleaseFile, type Releases } from './releases.ts'
import { isKeptVersion } from './swap-files.ts'

const MOST_CHANGES = 200

/** Where changes are looked for. */
export interface Places {
  readonly apt: string
  readonly npm: readonly string[]
  /** Folder of the service's configuration, and the file that deploys replace. */
  readonly configuration: string
  readonly deployed: string
  readonly units: readonly string[]
}

const PLACES: Places = {
  apt: APT_LOG_FOLDER,
  npm: NPM_FOLDERS,
  configuration: CONFIGURATION_FOLDER,
  deployed: CONFIGURATION,
  units: UNIT_FOLDERS,
}

/** Since a time in milliseconds, newest first. */
export async function readHostChanges(
  since: number,
  unit: string,
  releases: Releases,
  signal?: AbortSignal,
  places: Places = PLACES,
): Promise<ChangesReading> {
  const found = await Promise.all([
    readAptHistory(since, places.apt),
    readNpmChanges(since, places.npm),
    readConfiguration(since, places.configuration),
    readVersion(since, unit, releases),
    readUnits(since, places.units),
    readBoot(since),
  ])
  signal?.throwIfAborted()
  return {
    changes: found
      .flat()
      .toSorted((a, b) => (a.at > b.at ? -1 : 1))
      .slice(0, MOST_CHANGES),
    lastDeploy: await readLastDeploy(places.deployed, releases, unit),
  }
}

/** A version that is only kept changes nothing. */
async function readConfiguration(since: number, folder: string): Promise<readonly HostChange[]> {
  const files = await readChangedFiles('configuration', [folder], since)
  return files.filter(({ what }) => !isKeptVersion(what))
}

async function readVersion(since: number, unit: string, releases: Releases): Promise<readonly HostChange[]> {
  const version = await releases.deployed(unit)
  if (version === null || version.at <= since) return []
  const what = deployWords({ kind: 'version', ...version })
  return [{ at: new Date(version.at).toISOString(), kind: 'version', what }]
}

/** The files by which a version is deployed are told as that version. */
async function readUnits(since: number, folders: readonly string[]): Promise<readonly HostChange[]> {
  return (await readChangedFiles('unit', folders, since)).filter(({ what }) => !isReleaseFile(what))
}

async function readBoot(since: number): Promise<readonly HostChange[]> {
  const bootedAt = Date.now() - (await readUpSeconds()) * 1_000
  if (bootedAt <= since) return []
  return [{ at: new Date(bootedAt).toISOString(), kind: 'boot', what: 'the host was booted' }]
}
