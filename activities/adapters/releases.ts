/**
 * Releases of the agent on this host: each in a folder of its own, one of them current by a symbolic link, and a drop-in by
 * which the service's unit starts the current one. Without the drop-in the unit starts what its own file names.
 */
import { chmod, lstat, lutimes, mkdir, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OpsError } from '../../domain/failures.ts'
import type { DeployedVersion } from '../../domain/fixes/last-deploy.ts'
import { run } from './shell.ts'
import { UNITS_FOLDER } from './systemd.drop-in.ts'
import { unitName } from './systemd.ts'

/** What the gateway's unit is told by the drop-in. */
export const AGENT_VARIABLE = 'OPENCODE_BIN'

export interface Releases {
  /** Name of the current release; null while the unit starts its own. */
  current(unit: string): Promise<string | null>
  /** Unpacks the package of the agent. Safe to repeat: what is there under its name is complete. */
  unpack(archive: string, name: string): Promise<void>
  /**
   * From the next start on the unit runs this release; null: its own. `before`: what a roll-back of it brings back, null its
   * own; without it there is nothing to roll back to. `since`: when it was deployed, in milliseconds since the epoch, where
   * that was earlier. Safe to repeat; systemd has to read its units again.
   */
  choose(unit: string, name: string | null, before?: string | null, since?: number): Promise<void>
  /** The current release and what it replaced; null when there is nothing to roll back. */
  deployed(unit: string): Promise<DeployedVersion | null>
  /** Program of a release. */
  readonly program: (name: string) => string
}

/** Of the unit's drop-in; `.conf` and `.env`. */
const DROP_IN = '60-ops-release'

export function isReleaseFile(path: string): boolean {
  return path.includes(`.d/${DROP_IN}.`)
}

/** As a link's target: what the unit's own file names. */
const OWN = 'own'

/** 185 MB, unpacked on a busy machine. */
const UNPACK_MS = 120_000

export function createReleases(root = '/opt/opencode', units = UNITS_FOLDER): Releases {
  const link = join(root, 'current')
  const previous = join(root, 'previous')
  const folderOf = (name: string) => join(root, 'releases', name)
  const program = (name: string) => join(folderOf(name), 'bin/opencode')
  const filesOf = (unit: string) => {
    const base = join(units, `${unitName(unit)}.d`, DROP_IN)
    return { dropIn: `${base}.conf`, variables: `${base}.env` }
  }

  const current = async (unit: string): Promise<string | null> => {
    const [name, hasDropIn] = [await targetOf(link), await exists(filesOf(unit).dropIn)]
    return hasDropIn ? name : null
  }

  return {
    program,
    current,

    async deployed(unit) {
      const [release, target] = [await current(unit), await targetOf(previous)]
      if (release === null || target === null || target === release) return null
      const before = target === OWN ? null : target
      if (before !== null && !(await exists(program(before)))) return null
      return { release, before, at: (await lstat(link)).mtimeMs }
    },

    async unpack(archive, name) {
      if (await exists(program(name))) return
      const draft = `${folderOf(name)}.new`
      await writing(root, async () => {
        await rm(draft, { recursive: true, force: true })
        await mkdir(draft, { recursive: true })
      })
      const args = ['-xzf', archive, '-C', draft, '--strip-components=1', '--no-same-owner', 'package/bin/opencode']
      const { exitCode, stderr } = await run('tar', args, { deadlineMs: UNPACK_MS })
      if (exitCode !== 0) throw unusable(archive, stderr)
      await writing(root, async () => {
        // The worker's umask keeps others out; the service runs as another user.
        for (const path of [root, join(root, 'releases'), draft, join(draft, 'bin'), join(draft, 'bin/opencode')]) {
          await chmod(path, 0o755)
        }
        await rename(draft, folderOf(name))
      })
    },

    async choose(unit, name, before, since) {
      const { dropIn, variables } = filesOf(unit)
      await writing(root, async () => {
        if (before === undefined) await rm(previous, { force: true })
        else await pointAt(previous, before === null ? OWN : join('releases', before))
        if (name === null) {
          for (const path of [dropIn, variables, link]) await rm(path, { force: true })
          return
        }
        // A try that goes on leaves the time at which it became current.
        if ((await targetOf(link)) !== name) await pointAt(link, join('releases', name))
        if (since !== undefined) await lutimes(link, since / 1_000, since / 1_000)
        const note = '# Written by opencode-acp-ops for an incident (fix of the agent version).\n'
        await mkdir(join(dropIn, '..'), { recursive: true })
        // What a unit reads from files wins over what it names itself; the drop-in comes last, so that a crash changes nothing.
        await replace(variables, `${note}${AGENT_VARIABLE}=${join(link, 'bin/opencode')}\n`)
        await replace(dropIn, `${note}[Service]\nEnvironmentFile=${variables}\n`)
      })
    },
  }
}

async function targetOf(path: string): Promise<string | null> {
  const target = await readlink(path).catch(() => null)
  return target?.split('/').at(-1) ?? null
}

async function pointAt(path: string, target: string): Promise<void> {
  await rm(`${path}.new`, { force: true })
  await symlink(target, `${path}.new`)
  await rename(`${path}.new`, path)
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o644, flush: true })
  await rename(`${path}.new`, path)
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

async function writing(root: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    const hint = `Make ${root}, name it in ReadWritePaths= of the host worker's unit and restart the host worker.`
    throw new OpsError(
      { owner: 'permission', message: `cannot write a release below ${root}: ${code}`, hint },
      { cause },
    )
  }
}

function unusable(archive: string, stderr: string): OpsError {
  const said = stderr.trim().split('\n')[0]?.slice(0, 120) ?? ''
  const hint = 'Is it the package of this platform? Register the fix again.'
  return new OpsError({ owner: 'operator', message: `${archive} holds no agent that can be unpacked: ${said}`, hint })
}
