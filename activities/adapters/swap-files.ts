/**
 * Versions of a configuration file that are kept beside it: the one before the last deploy, and the one that was rolled
 * back. The file itself is exchanged in one step and is there at every moment.
 */
import { createHash } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
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

/** What was rolled back: for people to look at, and for the way back; it is never rolled back to. */
export function undoneOf(path: string): string {
  return `${path}.undone`
}

/** A version that is not in force. */
export function isKeptVersion(path: string): boolean {
  return /\.(?:previous|undone|ops-\w+)$/.test(path)
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

/**
 * Afterwards the file has the digest `wanted`, which lay at `from`, and what it was before lies at `aside`. Safe to repeat,
 * also after a crash in the middle; refuses any third version.
 */
export async function exchangeFiles(path: string, wanted: string, from: string, aside: string): Promise<void> {
  try {
    if ((await readKept(path))?.sha256 === wanted) return
    if ((await readKept(from))?.sha256 !== wanted) throw problem(from, 'is not the version that was planned')
    await rm(aside, { force: true })
    await link(path, aside)
    await rename(from, path)
  } catch (cause) {
    if (cause instanceof OpsError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    const hint = "Name its folder in ReadWritePaths= of the host worker's unit and restart the host worker."
    throw new OpsError({ owner: 'permission', message: `cannot exchange ${path}: ${code}`, hint })
  }
}

function problem(path: string, what: string): OpsError {
  const hint = 'Look at the file by hand, then ask for the workaround again.'
  return new OpsError({ owner: 'configuration', message: `${path} ${what}`, hint })
}
