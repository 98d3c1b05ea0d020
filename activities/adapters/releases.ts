/**
 * Releases of the agent on this host: each in a folder of its own, one of them current by a symbolic link, and a drop-in by
 * which the service's unit starts the current one. Without the drop-in the unit starts what its own file names.
 */
import { chmod, mkdir, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OpsError } from '../../domain/failures.ts'
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
  /** From the next start on the unit runs this release; null: its own. Safe to repeat; systemd has to read its units again. */
  choose(unit: string, name: string | null): Promise<void>
  /** Program of a release. */
  readonly program: (name: string) => string
}

/** 185 MB, unpacked on a busy machine. */
const UNPACK_MS = 120_000

export function createReleases(root = '/opt/opencode', units = UNITS_FOLDER): Releases {
  const link = join(root, 'current')
  const folderOf = (name: string) => join(root, 'releases', name)
  const program = (name: string) => join(folderOf(name), 'bin/opencode')
  const filesOf = (unit: string) => {
    const base = join(units, `${unitName(unit)}.d`, '60-ops-release')
    return { dropIn: `${base}.conf`, variables: `${base}.env` }
  }

  return {
    program,

    async current(unit) {
      const [name, hasDropIn] = [await readlink(link).catch(() => null), await exists(filesOf(unit).dropIn)]
      return name === null || !hasDropIn ? null : (name.split('/').at(-1) ?? null)
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

    async choose(unit, name) {
      const { dropIn, variables } = filesOf(unit)
      await writing(root, async () => {
        if (name === null) {
          for (const path of [dropIn, variables, link]) await rm(path, { force: true })
          return
        }
        await rm(`${link}.new`, { force: true })
        await symlink(join('releases', name), `${link}.new`)
        await rename(`${link}.new`, link)
        const note = '# Written by opencode-acp-ops for an incident (fix of the agent version).\n'
        await mkdir(join(dropIn, '..'), { recursive: true })
        // What a unit reads from files wins over what it names itself; the drop-in comes last, so that a crash changes nothing.
        await replace(variables, `${note}${AGENT_VARIABLE}=${join(link, 'bin/opencode')}\n`)
        await replace(dropIn, `${note}[Service]\nEnvironmentFile=${variables}\n`)
      })
    },
  }
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
