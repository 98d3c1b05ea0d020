/** Sends an artefact to the control plane's store. The address is the content's digest, so a second try stores nothing twice. */
import { createHash } from 'node:crypto'
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'
import type { ArtefactRef } from '../../domain/run-record.ts'
import { fetchFailure } from './fetch-failure.ts'
import { storedArtefact } from './upload.schema.ts'

export type Upload = (kind: string, bytes: Uint8Array, signal?: AbortSignal) => Promise<ArtefactRef>

export interface UploadSettings {
  /** Base URL of the control plane's upload door. */
  readonly url: string
  /** This host's token. */
  readonly token: string
}

const DEADLINE_MS = 20_000

/** Throws OpsError: `host` when the door does not answer, `permission` when it does not know this host. */
export function createUpload({ url, token }: UploadSettings): Upload {
  return async (kind, bytes, signal) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const address = `${url.replace(/\/$/, '')}/artefacts/${sha256}?kind=${encodeURIComponent(kind)}`
    const deadline = AbortSignal.timeout(DEADLINE_MS)
    const response = await put(address, token, bytes, signal ? AbortSignal.any([signal, deadline]) : deadline, signal)
    if (response.status !== 200 && response.status !== 201) throw refused(response, url)
    const answer = storedArtefact.safeParse(parseJson(response.body))
    if (!answer.success || answer.data.sha256 !== sha256 || answer.data.bytes !== bytes.length) {
      const hint = 'Check OPS_UPLOAD_URL: something else may listen there.'
      throw new OpsError({ owner: 'configuration', message: `${url} did not confirm the upload of a ${kind}`, hint })
    }
    return { kind, ref: answer.data.ref, bytes: bytes.length, sha256 }
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

async function put(
  address: string,
  token: string,
  bytes: Uint8Array,
  signal: AbortSignal,
  cancelled: AbortSignal | undefined,
): Promise<Answer> {
  try {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' }
    const body = new Uint8Array(bytes)
    const response = await fetch(address, { method: 'PUT', headers, body, signal, redirect: 'error' })
    return { status: response.status, body: await response.text() }
  } catch (cause) {
    cancelled?.throwIfAborted()
    const message = `cannot upload to ${new URL(address).origin}: ${fetchFailure(cause, DEADLINE_MS)}`
    throw new OpsError({ owner: 'host', message, hint: 'Is the control-plane worker running and reachable from here?' })
  }
}

function refused({ status, body }: Answer, url: string): OpsError {
  const said = redact(body).slice(0, 200)
  const message = `${url} refused an upload: HTTP ${status} ${said}`.trim()
  if (status === 401 || status === 403) {
    const hint = "Enrol this host again: the control plane does not know its token's digest."
    return new OpsError({ owner: 'permission', message, hint })
  }
  if (status >= 500 || status === 429) {
    return new OpsError({ owner: 'host', message, hint: 'See the log of the control-plane worker: is its disk full?' })
  }
  return new OpsError({ owner: 'configuration', message, hint: 'Run the same release on hosts and control plane.' })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
