/** Files that tell of a change by when they were written: configuration, units, packages of npm (S46). */
import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { GrownFile, HostChange } from '../../domain/incident/evidence.ts'

export const CONFIGURATION_FOLDER = '/etc/opencode'
/** Of the service; deploys replace it. */
export const CONFIGURATION = `${CONFIGURATION_FOLDER}/opencode.json`
export const NPM_FOLDERS: readonly string[] = ['/usr/local/lib/node_modules', '/usr/lib/node_modules']
/** Where an administrator's units live; packages bring theirs through apt, which tells by itself. */
export const UNIT_FOLDERS: readonly string[] = ['/etc/systemd/system', '/run/systemd/system']

/** Deeper is nobody's configuration, and a wrong folder must not be walked for ever. */
const DEPTH = 3
const MOST_FILES = 5_000

/** Files of these folders written since a time in milliseconds. A folder that is not there holds none. */
export async function readChangedFiles(
  kind: HostChange['kind'],
  folders: readonly string[],
  since: number,
): Promise<readonly HostChange[]> {
  const files = (await Promise.all(folders.map(folder => filesBelow(folder, DEPTH)))).flat().slice(0, MOST_FILES)
  const found = await Promise.all(files.map(async path => ({ path, written: await writtenAt(path) })))
  return found.flatMap(({ path, written }): readonly HostChange[] =>
    written === null || written <= since ? [] : [{ at: new Date(written).toISOString(), kind, what: path }],
  )
}

/** Packages that were installed for all users since a time in milliseconds, with their versions. */
export async function readNpmChanges(
  since: number,
  folders: readonly string[] = NPM_FOLDERS,
): Promise<readonly HostChange[]> {
  const packages = (await Promise.all(folders.map(packagesOf))).flat()
  const found = await Promise.all(packages.map(async folder => ({ folder, written: await changedAt(folder) })))
  const changes = found.map(async ({ folder, written }): Promise<readonly HostChange[]> => {
    if (written === null || written <= since) return []
    return [{ at: new Date(written).toISOString(), kind: 'npm', what: await nameAndVersion(folder) }]
  })
  return (await Promise.all(changes)).flat()
}

/** The largest ordinary files of a folder that were written since a time in milliseconds. */
export async function readGrownFiles(folder: string, since: number, size: number): Promise<readonly GrownFile[]> {
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    names.slice(0, MOST_FILES).map(async (name): Promise<readonly GrownFile[]> => {
      const path = join(folder, name)
      const status = await stat(path).catch(() => null)
      if (status === null || !status.isFile() || status.mtimeMs <= since) return []
      return [{ path, bytes: status.size, writtenAt: status.mtime.toISOString() }]
    }),
  )
  return found
    .flat()
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, size)
}

async function filesBelow(folder: string, depth: number): Promise<readonly string[]> {
  const entries = await entriesOf(folder)
  const below = await Promise.all(
    entries.map(async entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return depth > 1 && entry.name !== 'node_modules' ? filesBelow(path, depth - 1) : []
      // Hidden files are the own ones of editors and tools.
      return entry.isFile() && !entry.name.startsWith('.') ? [path] : []
    }),
  )
  return below.flat()
}

/** A scope is a folder of packages. */
async function packagesOf(folder: string): Promise<readonly string[]> {
  const entries = (await entriesOf(folder)).filter(entry => !entry.name.startsWith('.'))
  const found = await Promise.all(
    entries.map(async ({ name }) => (name.startsWith('@') ? packagesOf(join(folder, name)) : [join(folder, name)])),
  )
  return found.flat()
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch(() => [])
}

async function writtenAt(path: string): Promise<number | null> {
  const status = await stat(path).catch(() => null)
  return status?.mtimeMs ?? null
}

/** npm gives the files of a package the times that their publisher chose; only the change of the inode is the host's. */
async function changedAt(folder: string): Promise<number | null> {
  const status = await stat(join(folder, 'package.json')).catch(() => null)
  return status?.ctimeMs ?? null
}

async function nameAndVersion(folder: string): Promise<string> {
  try {
    const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    return `${String(name).slice(0, 100)} ${String(version).slice(0, 50)}`
  } catch {
    return folder
  }
}
