/**
 * Exchanges a file with the previous version that is kept beside it. The file itself is replaced in one step and is there
 * at every moment; a crash leaves the old version under a third name, from where the next try finishes.
 */
import { createHash } from 'node:crypto'
import { link, open, rename, rm, stat } from 'node:fs/promises'
import { OpsError } from '../../domain/failures.ts'

export interface KeptFile {
  readonly sha256: string
  readonly text: string
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

const MAX_BYTES = 1_048_576

export function previousOf(path: string): string {
  return `${path}.previous`
}

/** Only one name is left of the old version between the two steps of an exchange. */
function asideOf(path: string): string {
  return `${path}.ops-aside`
}

/** Null when there is none. Throws OpsError for what is no ordinary file or larger than 1 MiB. */
export async function readKept(path: string): Promise<KeptFile | null> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw problem(path, `cannot be read: ${cause.code}`)
  })
  if (file === null) return null
  try {
    const { uid, gid, mode, size, isFile } = await statusOf(file)
    if (!isFile || size > MAX_BYTES) throw problem(path, 'is no ordinary small file')
    const bytes = await file.readFile()
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { sha256, text: bytes.toString('utf8'), uid, gid, mode: mode & 0o777 }
  } finally {
    await file.close()
  }
}

async function statusOf(file: Awaited<ReturnType<typeof open>>) {
  const status = await file.stat()
  return { uid: status.uid, gid: status.gid, mode: status.mode, size: status.size, isFile: status.isFile() }
}

/** Afterwards the file has the digest `wanted`. Safe to repeat, also after a crash in the middle; refuses any third version. */
export async function swapFiles(path: string, wanted: string): Promise<void> {
  const [previous, aside] = [previousOf(path), asideOf(path)]
  try {
    await finish(previous, aside)
    if ((await readKept(path))?.sha256 === wanted) return
    if ((await readKept(previous))?.sha256 !== wanted) throw problem(previous, 'is not the version that was planned')
    await link(path, aside)
    await rename(previous, path)
    await finish(previous, aside)
  } catch (cause) {
    if (cause instanceof OpsError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    const hint = "Name its folder in ReadWritePaths= of the host worker's unit and restart the host worker."
    throw new OpsError({ owner: 'permission', message: `cannot exchange ${path}: ${code}`, hint })
  }
}

/** Without a previous version the one aside is it; with one, a try was cut off before it changed anything. */
async function finish(previous: string, aside: string): Promise<void> {
  if (!(await exists(aside))) return
  if (await exists(previous)) await rm(aside, { force: true })
  else await rename(aside, previous)
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

function problem(path: string, what: string): OpsError {
  const hint = 'Look at the file by hand, then ask for the workaround again.'
  return new OpsError({ owner: 'configuration', message: `${path} ${what}`, hint })
}
