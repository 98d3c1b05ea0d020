/**
 * Puts a new version over a configuration file and keeps the one before it beside it (swap-files.ts names it), so that the
 * next roll-back finds it. The file is replaced in one step, is there at every moment, and keeps its owner and its rights.
 */
import { createHash } from 'node:crypto'
import { chmod, chown, link, rename, rm, stat, writeFile } from 'node:fs/promises'
import { OpsError } from '../../domain/failures.ts'
import { type KeptFile, previousOf, readKept } from './swap-files.ts'

export function digestOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Afterwards the file has this text. `before`: digest of what it replaces; any third version is refused. Safe to repeat. */
export async function installText(path: string, text: string, before: string): Promise<void> {
  const current = await readKept(path)
  if (current?.sha256 === digestOfText(text)) return
  if (current?.sha256 !== before) throw changed(path)
  const [fresh, kept] = [`${path}.ops-new`, `${path}.ops-kept`]
  await writing(path, async () => {
    // A file that cannot be written costs nobody the version that is kept already.
    await writeFile(fresh, text, { mode: 0o600, flush: true })
    await chmod(fresh, current.mode)
    await giveTo(fresh, current)
    // The file itself is kept, with its owner, rights and times.
    await rm(kept, { force: true })
    await link(path, kept)
    await rename(kept, previousOf(path))
    // Between two names of the same file, as a try that was cut off leaves them, a rename is nothing.
    await rm(kept, { force: true })
    await rename(fresh, path)
  })
}

/** The version before is back, and none is left beside it: what was just taken back is nothing to roll back to. Safe to repeat. */
export async function restoreText(path: string, before: string): Promise<void> {
  await writing(path, async () => {
    for (const draft of [`${path}.ops-new`, `${path}.ops-kept`]) await rm(draft, { force: true })
  })
  if ((await readKept(path))?.sha256 === before) {
    // A try that was cut off may have given the file its second name already.
    if (await isSameFile(path, previousOf(path))) await writing(path, async () => await rm(previousOf(path)))
    return
  }
  if ((await readKept(previousOf(path)))?.sha256 !== before) throw changed(previousOf(path))
  await writing(path, async () => await rename(previousOf(path), path))
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = [await stat(one), await stat(other).catch(() => null)]
  return first.ino === second?.ino && first.dev === second.dev
}

/** Whoever reads it by its owner or group goes on to do so. */
async function giveTo(path: string, { uid, gid }: Pick<KeptFile, 'uid' | 'gid'>): Promise<void> {
  const made = await stat(path)
  if (made.uid !== uid || made.gid !== gid) await chown(path, uid, gid)
}

async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    const hint = "Name its folder in ReadWritePaths= of the host worker's unit and restart the host worker."
    throw new OpsError({ owner: 'permission', message: `cannot write ${path}: ${code}`, hint }, { cause })
  }
}

function changed(path: string): OpsError {
  const hint = 'Somebody else has changed it meanwhile: look at it by hand, then ask for the fix again.'
  return new OpsError({ owner: 'operator', message: `${path} is not the version that was planned`, hint })
}
