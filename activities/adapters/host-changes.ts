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
  const sources: Readonly<Record<string, Promise<readonly HostChange[]>>> = {
    'packages of Debian': readAptHistory(since, places.apt),
    'packages of npm': readNpmChanges(since, places.npm),
    configuration: readConfiguration(since, places.configuration),
    'the version of the agent': readVersion(since, unit, releases),
    units: readUnits(since, places.units),
    'the last boot': readBoot(since),
  }
  const found = await Promise.all(Object.entries(sources).map(([source, read]) => observed(source, read)))
  signal?.throwIfAborted()
  return {
    changes: found
      .flatMap(({ changes }) => changes)
      .toSorted((a, b) => (a.at > b.at ? -1 : 1))
      .slice(0, MOST_CHANGES),
    unread: found.flatMap(({ unread }) => (unread === null ? [] : [unread])),
    lastDeploy: await readLastDeploy(places.deployed, releases, unit),
  }
}

/** One that cannot be read leaves the others, and is named. */
async function observed(
  source: string,
  read: Promise<readonly HostChange[]>,
): Promise<{ readonly changes: readonly HostChange[]; readonly unread: string | null }> {
  try {
    return { changes: await read, unread: null }
  } catch (error) {
    return { changes: [], unread: `${source}: ${error instanceof Error ? error.message : String(error)}` }
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
