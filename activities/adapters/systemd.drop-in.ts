/**
 * The session limit of a unit, raised by a drop-in. Its variable stands in a file of its own, because what a unit reads from
 * files (EnvironmentFile=) wins over what it names itself. The file is written first and the drop-in last, so that a crash
 * between them leaves a unit as it was.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OpsError } from '../../domain/failures.ts'
import { unitName } from './systemd.ts'

/** Where administrators change units. */
export const UNITS_FOLDER = '/etc/systemd/system'

export const LIMIT_VARIABLE = 'GATEWAY_SESSIONS_LIMIT'

export interface LimitFiles {
  readonly dropIn: string
  readonly variables: string
}

export function limitFiles(unit: string, folder = UNITS_FOLDER): LimitFiles {
  const base = join(folder, `${unitName(unit)}.d`, '50-ops-limit')
  return { dropIn: `${base}.conf`, variables: `${base}.env` }
}

/** What the drop-in says now; null when there is none. */
export async function readLimit(unit: string, folder = UNITS_FOLDER): Promise<number | null> {
  const { dropIn, variables } = limitFiles(unit, folder)
  const [link, text] = await Promise.all([readOrNull(dropIn), readOrNull(variables)])
  const value = new RegExp(`^${LIMIT_VARIABLE}=(\\d+)$`, 'm').exec(text ?? '')?.[1]
  return link === null || value === undefined ? null : Number(value)
}

/** Safe to repeat. systemd has to read its units again before it counts, and the unit has to be started anew. */
export async function writeLimit(unit: string, limit: number, folder = UNITS_FOLDER): Promise<void> {
  const { dropIn, variables } = limitFiles(unit, folder)
  const note = '# Written by opencode-acp-ops for an incident (raise-limit).\n'
  await replace(variables, `${note}${LIMIT_VARIABLE}=${limit}\n`)
  await replace(dropIn, `${note}[Service]\nEnvironmentFile=${variables}\n`)
}

/** Safe to repeat: what is gone is gone. The folder stays, other drop-ins live there. */
export async function removeLimit(unit: string, folder = UNITS_FOLDER): Promise<void> {
  const { dropIn, variables } = limitFiles(unit, folder)
  for (const path of [dropIn, variables]) await rm(path, { force: true }).catch(cause => refuse(path, cause))
}

async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`
  try {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(fresh, text, { mode: 0o644, flush: true })
    await rename(fresh, path)
  } catch (cause) {
    refuse(path, cause)
  }
}

async function readOrNull(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch(() => null)
}

function refuse(path: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  const hint = `Name ${join(path, '..')} in ReadWritePaths= of the host worker's unit and restart the host worker.`
  throw new OpsError({ owner: 'permission', message: `cannot write ${path}: ${code}`, hint })
}
