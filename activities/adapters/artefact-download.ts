/**
 * Fetches an artefact of the control plane by its digest into a folder of this host. What lies there under its digest is
 * complete and has that digest: it is written beside it first, and looked at again each time.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { OpsError } from '../../domain/failures.ts'
import { fetchFailure } from './fetch-failure.ts'

/** Path of the file with this digest. */
export type Download = (sha256: string, signal?: AbortSignal) => Promise<string>

export interface DownloadSettings {
  /** Base URL of the control plane's door. */
  readonly url: string
  /** This host's token. */
  readonly token: string
  /** Made when it is missing; holds the newest artefacts only. */
  readonly folder: string
}

const DEADLINE_MS = 45_000
/** Enough for a fix and the one before it; packages are some 60 MB. */
const KEPT = 3

/** Throws OpsError: `host` when the door does not answer, `permission` when it does not know this host, `operator` when it has no such artefact. */
export function createDownload({ url, token, folder }: DownloadSettings): Download {
  return async (sha256, signal) => {
    const path = join(folder, sha256)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if ((await digestOf(path)) === sha256) return path
    const draft = join(folder, `draft-${randomUUID()}`)
    try {
      await fetchInto(draft, sha256, url, token, signal)
      if ((await digestOf(draft)) !== sha256) throw damaged(url, sha256)
      await rename(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
    await forgetOld(folder, sha256)
    return path
  }
}

async function fetchInto(
  draft: string,
  sha256: string,
  url: string,
  token: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/artefacts/${sha256}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: either,
      redirect: 'error',
    })
    if (response.status !== 200 || response.body === null) throw refused(response.status, url, sha256)
    await pipeline(Readable.fromWeb(response.body), createWriteStream(draft, { mode: 0o600, flush: true }), {
      signal: either,
    })
  } catch (cause) {
    if (cause instanceof OpsError) throw cause
    signal?.throwIfAborted()
    const message = `cannot fetch from ${new URL(url).origin}: ${fetchFailure(cause, DEADLINE_MS)}`
    throw new OpsError({ owner: 'host', message, hint: 'Is the control-plane worker running and reachable from here?' })
  }
}

/** Null when there is no such file. */
async function digestOf(path: string): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
  return hash.digest('hex')
}

async function forgetOld(folder: string, keep: string): Promise<void> {
  const found = await Promise.all(
    (await readdir(folder)).map(async name => ({
      name,
      at: await stat(join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    })),
  )
  const old = found.filter(({ name }) => name !== keep && /^[0-9a-f]{64}$/.test(name)).toSorted((a, b) => b.at - a.at)
  for (const { name } of old.slice(KEPT - 1)) await rm(join(folder, name), { force: true })
}

function refused(status: number, url: string, sha256: string): OpsError {
  const message = `${url} gives no artefact ${sha256.slice(0, 10)}: HTTP ${status}`
  if (status === 401) {
    const hint = "Enrol this host again: the control plane does not know its token's digest."
    return new OpsError({ owner: 'permission', message, hint })
  }
  if (status === 404) {
    const hint = 'It was removed from the artefact store: register the fix again.'
    return new OpsError({ owner: 'operator', message, hint })
  }
  return new OpsError({ owner: 'host', message, hint: 'See the log of the control-plane worker.' })
}

function damaged(url: string, sha256: string): OpsError {
  const message = `what ${url} sent has another digest than ${sha256.slice(0, 10)}`
  return new OpsError({
    owner: 'host',
    message,
    hint: 'Nothing was done with it; see what lies between host and door.',
  })
}
