/**
 * Files that may go when a disk is full: a closed list of kinds, each known by folder, name and age. Everything is looked
 * at without following links, and only a file that is still the one that was planned is deleted.
 */
import { lstat, readdir, realpath, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { LogSource } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'

export interface Reclaimable {
  readonly path: string
  readonly bytes: number
  /** Whole milliseconds since the epoch. */
  readonly modifiedAt: number
}

export interface ReclaimRules {
  readonly log: LogSource
  /** Rotated logs older than this go. */
  readonly keepDays: number
  /** Archived journals go, oldest first, until the journal is no larger. */
  readonly journalBytes: number
  readonly now: number
}

export interface ReclaimFolders {
  readonly journal: string
  readonly aptArchives: string
}

export const RECLAIM_FOLDERS: ReclaimFolders = { journal: '/var/log/journal', aptArchives: '/var/cache/apt/archives' }

const DAY_MS = 86_400_000

/** All that may go by these rules, largest first. */
export async function findReclaimable(
  rules: ReclaimRules,
  folders: ReclaimFolders = RECLAIM_FOLDERS,
): Promise<readonly Reclaimable[]> {
  const found = await Promise.all([
    rotatedLogs(rules),
    archivedJournals(rules, folders.journal),
    packageFiles(rules, folders.aptArchives),
  ])
  return found.flat().toSorted((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1))
}

/** True while exactly this file is there. */
export async function isStillThere(file: Reclaimable): Promise<boolean> {
  const now = await look(file.path)
  return now !== null && now.bytes === file.bytes && now.modifiedAt === file.modifiedAt
}

/** Deletes exactly this file; one that is gone or another by now is left alone. */
export async function deleteFile(file: Reclaimable): Promise<void> {
  if (!(await isStillThere(file))) return
  await unlink(file.path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return
    const hint = `Name ${dirname(file.path)} in ReadWritePaths= of the host worker's unit, or delete the file by hand.`
    throw new OpsError({ owner: 'permission', message: `cannot delete ${file.path}: ${cause.code}`, hint })
  })
}

/** `x.log.3.gz`, `x.log-20261122.gz` and `x-20261122.log.gz` beside the service's log; never one that is not compressed. */
async function rotatedLogs({ log, keepDays, now }: ReclaimRules): Promise<readonly Reclaimable[]> {
  if (log.kind === 'journal') return []
  const real = await realpath(log.path).catch(() => log.path)
  const name = basename(real)
  const dot = name.lastIndexOf('.')
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const isRotated = new RegExp(
    `^(?:${literally(name)}[.-]\\d[\\dT._-]*|${literally(stem)}-\\d{8}[\\dT_-]*${literally(end)})\\.(?:gz|xz|zst|bz2)$`,
  )
  const files = await filesOf(dirname(real), other => isRotated.test(other))
  return files.filter(({ modifiedAt }) => modifiedAt < now - keepDays * DAY_MS)
}

/** As `journalctl --vacuum-size` does it, but known beforehand file by file. Journals in use are never archived ones. */
async function archivedJournals({ journalBytes }: ReclaimRules, folder: string): Promise<readonly Reclaimable[]> {
  const machines = await readdir(folder).catch(() => [])
  const files = (
    await Promise.all(machines.map(machine => filesOf(join(folder, machine), name => /\.journal~?$/.test(name))))
  ).flat()
  let excess = files.reduce((sum, { bytes }) => sum + bytes, 0) - journalBytes
  return files
    .filter(({ path }) => /@[0-9a-f-]+\.journal$|\.journal~$/.test(path))
    .toSorted((a, b) => a.modifiedAt - b.modifiedAt)
    .filter(({ bytes }) => {
      const goes = excess > 0
      excess -= bytes
      return goes
    })
}

/** Packages that apt has fetched and installed; what is younger than a day may belong to a run that is under way. */
async function packageFiles({ now }: ReclaimRules, folder: string): Promise<readonly Reclaimable[]> {
  const files = await filesOf(folder, name => name.endsWith('.deb'))
  return files.filter(({ modifiedAt }) => modifiedAt < now - DAY_MS)
}

async function filesOf(folder: string, isWanted: (name: string) => boolean): Promise<readonly Reclaimable[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return []
    const hint = `Let the host worker read ${folder}.`
    throw new OpsError({ owner: 'permission', message: `cannot look into ${folder}: ${cause.code}`, hint })
  })
  const files = await Promise.all(
    names.filter(name => isWanted(name) && !/\p{Cc}/u.test(name)).map(name => look(join(folder, name))),
  )
  return files.filter(file => file !== null)
}

/** Null for what is not there or no ordinary file. */
async function look(path: string): Promise<Reclaimable | null> {
  const status = await lstat(path).catch(() => null)
  if (status === null || !status.isFile()) return null
  return { path, bytes: status.size, modifiedAt: Math.floor(status.mtimeMs) }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
