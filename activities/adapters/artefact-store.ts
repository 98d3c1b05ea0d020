/** Files that procedures produce, addressed by their content. A folder now; anything that can put, get and has later. */
import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type FailureOwner, OpsError } from '../../domain/failures.ts'
import type { ArtefactRef } from '../../domain/run-record.ts'
import { syncFolder } from './sync-folder.ts'

export interface ArtefactStore {
  /** Stored and on disk when it resolves. The same content twice is one file. */
  put(kind: string, bytes: Uint8Array): Promise<ArtefactRef>
  /** `sha256:<hex>`; throws when it is missing or its content is not what the reference says. */
  get(ref: string): Promise<Uint8Array>
  has(ref: string): Promise<boolean>
}

const REF = /^sha256:([0-9a-f]{64})$/

/** What a killed writer left unfinished is swept away once it is certainly nobody's. */
const LEFTOVER_MS = 24 * 60 * 60 * 1_000

export function createFolderStore(root: string): ArtefactStore {
  const unfinished = join(root, 'unfinished')
  const pathOf = (sha256: string): string => join(root, sha256.slice(0, 2), sha256)
  let swept = false

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    await makeFolder(root)
    await makeFolder(unfinished)
    await makeFolder(dirname(path))
    if (!swept) await sweep(unfinished)
    swept = true
    // Beside the store and not in it: what is visible under its digest is complete.
    const temporary = join(unfinished, randomUUID())
    try {
      await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600, flush: true })
      await rename(temporary, path)
      await syncFolder(dirname(path))
    } finally {
      await rm(temporary, { force: true })
    }
  }

  return {
    async put(kind, bytes) {
      const sha256 = digest(bytes)
      const path = pathOf(sha256)
      try {
        // A file that rotted on the disk is written anew, so the content is looked at and not only the name.
        if ((await readOrNull(path).then(found => (found === null ? null : digest(found)))) !== sha256) {
          await write(path, bytes)
        }
      } catch (cause) {
        throw storeFailure(cause, root)
      }
      return { kind, ref: `sha256:${sha256}`, bytes: bytes.byteLength, sha256 }
    },

    async get(ref) {
      const sha256 = parseRef(ref)
      const bytes = await readOrNull(pathOf(sha256)).catch((cause: unknown) => {
        throw storeFailure(cause, root)
      })
      if (bytes === null) {
        throw new OpsError({
          owner: 'operator',
          message: `no artefact ${ref} in ${root}`,
          hint: 'It was removed, or it belongs to another estate: compare with "ops ledger list".',
        })
      }
      if (digest(bytes) !== sha256) {
        throw new OpsError({
          owner: 'operator',
          message: `the artefact ${ref} in ${root} is damaged: its content has another digest`,
          hint: 'Do not trust it. Restore the file from a backup of the artefact store, or run the procedure again.',
        })
      }
      return bytes
    },

    async has(ref) {
      const sha256 = parseRef(ref)
      return stat(pathOf(sha256)).then(
        () => true,
        (cause: unknown) => {
          if (isMissing(cause)) return false
          throw storeFailure(cause, root)
        },
      )
    },
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function parseRef(ref: string): string {
  const sha256 = REF.exec(ref)?.[1]
  if (sha256 === undefined) {
    throw new OpsError({
      owner: 'operator',
      message: `"${ref.slice(0, 80)}" is no reference to an artefact`,
      hint: 'References look like sha256: and 64 hexadecimal digits.',
    })
  }
  return sha256
}

async function makeFolder(path: string): Promise<void> {
  const created = await mkdir(path, { recursive: true, mode: 0o700 })
  if (created === undefined) return
  // A umask may only take rights away; the folder of the store is never wider than its owner.
  await chmod(path, 0o700)
  await syncFolder(dirname(path))
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    // Another process may finish its own file in between.
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > LEFTOVER_MS) await rm(path, { force: true })
  }
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((cause: unknown) => {
    if (isMissing(cause)) return null
    throw cause
  })
}

function isMissing(cause: unknown): boolean {
  return codeOf(cause) === 'ENOENT'
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}

function storeFailure(cause: unknown, root: string): OpsError {
  if (cause instanceof OpsError) return cause
  const failure = (owner: FailureOwner, what: string, hint: string) =>
    new OpsError({ owner, message: `the artefact store ${root} ${what}`, hint }, { cause })
  switch (codeOf(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return failure('host', 'is full', `Free space on the disk of ${root}; the run goes on by itself.`)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return failure('permission', 'cannot be written or read', `Give ${root} to the user that the worker runs as.`)
    case 'ENOTDIR':
    case 'EEXIST':
      return failure('configuration', 'is no folder', 'Correct the path of the artefact store.')
    default:
      return failure(
        'host',
        `does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
        `Look at the disk of ${root}.`,
      )
  }
}
