/** Files whose words are carried out in a user's name: only when nobody else could have written them. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { OpsError } from '../../domain/failures.ts'
import type { Account } from './users.ts'

/** An editor's settings are some kilobytes. */
const MAX_BYTES = 1_048_576

/** Throws OpsError unless the file belongs to the user or to root, and nobody else may write it. */
export async function readOwnFile(path: string, user: string, { uid }: Account): Promise<string> {
  // Without O_NONBLOCK a pipe in the file's place would hold the worker.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw problem(`cannot read ${path}: ${cause.code ?? cause.message}`, 'Correct zed.settings in the estate file.')
  })
  try {
    await refuseForeign(file, path, user, uid)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Asks the open file and not the path, which could name another one by now. */
async function refuseForeign(file: FileHandle, path: string, user: string, uid: number): Promise<void> {
  const stat = await file.stat()
  if (!stat.isFile()) throw problem(`${path} is no plain file`, 'Correct zed.settings in the estate file.')
  if (stat.size > MAX_BYTES) throw problem(`${path} is larger than 1 MiB`, 'Correct zed.settings in the estate file.')
  if (stat.uid !== uid && stat.uid !== 0) {
    throw problem(
      `${path} belongs neither to ${user} nor to root`,
      `Run "chown ${user} ${path}" once its content is known.`,
    )
  }
  if ((stat.mode & 0o022) !== 0) {
    throw problem(
      `${path} can be written by others than ${user}`,
      `Run "chmod go-w ${path}" once its content is known.`,
    )
  }
}

function problem(message: string, hint: string): OpsError {
  return new OpsError({ owner: 'configuration', message, hint })
}
