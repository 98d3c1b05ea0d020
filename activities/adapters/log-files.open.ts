/**
 * A log and its rotated siblings, opened and told apart. A file is known by its inode, whatever its name becomes, and by
 * its first bytes, so that a copy or a compressed copy of it is not taken for another one.
 */
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, constants as zlib } from 'node:zlib'
import { createRecordParser } from '../../domain/log-record.ts'
import { notReadable } from './log-files.failure.ts'

export interface LogFile {
  readonly path: string
  readonly handle: FileHandle
  /** Device and inode. */
  readonly identity: string
  readonly isCompressed: boolean
  /** Of the file on disk, when it was opened. */
  readonly size: number
  readonly modifiedAt: number
  /** The first bytes of the text. */
  readonly head: Buffer
  /** Time of the first record, or null when the beginning has none. */
  readonly firstAt: number | null
}

const HEAD_BYTES = 4_096
const PEEK_BYTES = 65_536
const PEEK_COMPRESSED_BYTES = 16_384

export interface OpenedLog {
  readonly files: readonly LogFile[]
  /** Whether siblings were left out because they were last written before the asked time. */
  readonly hasOlder: boolean
}

/**
 * Opens the log and its siblings: `x.log.1`, `x.log.2.gz`, `x.log-20261122-1795392000`, `x-20261122.log.gz`. Throws
 * OpsError when there is none or one cannot be read.
 */
export async function openLogFiles(path: string, oldest: number): Promise<OpenedLog> {
  const files: LogFile[] = []
  let hasOlder = false
  try {
    for (const name of await siblings(path)) {
      const file = await openOne(name, oldest)
      if (file === 'too old') hasOlder = true
      // A rotation between listing and opening can bring the same file under two names.
      else if (file !== null && files.some(known => known.identity === file.identity)) await file.handle.close()
      else if (file !== null) files.push(file)
    }
    return { files, hasOlder }
  } catch (cause) {
    await closeAll(files)
    throw cause
  }
}

export async function closeAll(files: Iterable<LogFile>): Promise<void> {
  for (const { handle } of files) await handle.close().catch(() => {})
}

/** The first bytes that the file has now: others than before mean that it was emptied and written anew. */
export async function readHead(handle: FileHandle, bytes = HEAD_BYTES): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
  return buffer.subarray(0, bytesRead)
}

/** True when one text begins as the other does; a few bytes are no proof. */
export function isSameText(a: Buffer, b: Buffer): boolean {
  const length = Math.min(a.length, b.length)
  return length >= 64 && a.subarray(0, length).equals(b.subarray(0, length))
}

async function siblings(path: string): Promise<readonly string[]> {
  // A link such as /var/log/x.log may lead to the folder where rotation takes place.
  const real = await realpath(path).catch(() => path)
  const folder = dirname(real)
  const names = await readdir(folder).catch(cause => {
    throw notReadable(folder, cause)
  })
  const isRotated = rotatedName(basename(real))
  const found = names.filter(name => name === basename(real) || isRotated.test(name))
  if (found.length === 0) throw notReadable(path, Object.assign(new Error('missing'), { code: 'ENOENT' }))
  // While a file is being compressed both forms exist, and the compressed one is not complete.
  return found.filter(name => !found.some(plain => name === `${plain}.gz`)).map(name => join(folder, name))
}

function rotatedName(name: string): RegExp {
  const extension = extname(name)
  const [whole, stem, end] = [name, name.slice(0, name.length - extension.length), extension].map(literally)
  return new RegExp(`^(?:${whole}[.-]\\d[\\d.T_-]*|${stem}-\\d{8}[\\dT_-]*${end})(?:\\.(?:gz|zst|xz|bz2))?$`)
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Null for a file that went away meanwhile. */
async function openOne(path: string, oldest: number): Promise<LogFile | 'too old' | null> {
  let handle: FileHandle
  try {
    // A named pipe under this name would otherwise wait for a writer for ever.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw notReadable(path, cause)
  }
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw Object.assign(new Error('no file'), { code: stat.isDirectory() ? 'EISDIR' : 'ENXIO' })
    if (stat.mtimeMs < oldest && stat.size > 0) {
      await handle.close()
      return 'too old'
    }
    const isCompressed = path.endsWith('.gz')
    if (/\.(?:zst|xz|bz2)$/.test(path)) throw Object.assign(new Error('compression'), { code: 'COMPRESSION' })
    const text = isCompressed ? await peekCompressed(handle) : await readHead(handle, PEEK_BYTES)
    return {
      path,
      handle,
      identity: `${stat.dev}:${stat.ino}`,
      isCompressed,
      size: stat.size,
      modifiedAt: stat.mtimeMs,
      head: text.subarray(0, HEAD_BYTES),
      firstAt: firstTime(text),
    }
  } catch (cause) {
    await handle.close()
    throw notReadable(path, cause)
  }
}

async function peekCompressed(handle: FileHandle): Promise<Buffer> {
  const compressed = await readHead(handle, PEEK_COMPRESSED_BYTES)
  // The cut is not the end of the stream; what can be unpacked so far is enough.
  const options = { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: 64 * 1_048_576 }
  return compressed.length === 0 ? compressed : (await promisify(gunzip)(compressed, options)).subarray(0, PEEK_BYTES)
}

/** Time of the first record in a piece of text that begins with a line. */
export function firstTime(text: Buffer): number | null {
  const parse = createRecordParser()
  for (const line of text.toString('utf8').split('\n')) {
    const record = parse(line.replaceAll('\0', ''))
    if (record !== null) return record.at
  }
  return null
}
