/** The artefacts of a folder store from the youngest file on: for those who look for one without knowing its reference. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OpsError } from '../../domain/failures.ts'

/** References, youngest first. Empty when there is no such folder. */
export async function newestArtefacts(root: string): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    const owner = cause.code === 'EACCES' || cause.code === 'EPERM' ? 'permission' : 'host'
    const hint = 'Look at it as the user of the control-plane worker, to whom it belongs.'
    throw new OpsError(
      { owner, message: `the artefact store ${root} cannot be listed (${cause.code})`, hint },
      { cause },
    )
  })
  const stored = names.filter(name => /^([0-9a-f]{2})\/\1[0-9a-f]{62}$/.test(name))
  const dated = await Promise.all(
    stored.map(async name => {
      const found = await stat(join(root, name)).catch(() => null)
      return found === null ? [] : [{ ref: `sha256:${name.slice(3)}`, mtimeMs: found.mtimeMs }]
    }),
  )
  return dated
    .flat()
    .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    .map(({ ref }) => ref)
}
