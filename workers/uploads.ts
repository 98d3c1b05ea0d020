/** Artefacts between hosts and control plane: who asks proves it by its host's token, what is sent proves itself by its digest. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ArtefactStore } from '../activities/adapters/artefact-store.ts'
import type { Answer, Routes } from './http.ts'

const MAX_BYTES = 16 * 1024 * 1024

/** `tokens` holds the SHA-256 of each host's token, hex, by host name. */
export function uploadRoutes(store: ArtefactStore, tokens: Readonly<Record<string, string>>): Routes {
  return {
    'PUT /artefacts/*': forHosts(tokens, (request, url) => receive(store, request, url)),
    'GET /artefacts/*': forHosts(tokens, (_request, url) => give(store, url)),
  }
}

type Route = Routes[string]

/** Nobody gets further without the token of a host. */
function forHosts(tokens: Readonly<Record<string, string>>, route: Route): Route {
  return async (request, url) =>
    senderOf(request, tokens) === null ? { status: 401, body: { error: 'unknown token' } } : await route(request, url)
}

async function receive(store: ArtefactStore, request: IncomingMessage, url: URL): Promise<Answer> {
  const sha256 = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  const kind = url.searchParams.get('kind') ?? 'file'
  if (!/^[0-9a-f]{64}$/.test(sha256) || !/^[a-z][a-z-]{0,40}$/.test(kind)) {
    return { status: 400, body: { error: 'expected PUT /artefacts/<sha256>?kind=<kind>' } }
  }
  const bytes = await readBody(request)
  if (bytes === null) return { status: 413, body: { error: `more than ${MAX_BYTES} bytes` } }
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    return { status: 422, body: { error: 'the content does not have this digest' } }
  }
  return { status: 201, body: await store.put(kind, bytes) }
}

/** What hosts deploy: exactly the bytes of this digest. */
async function give(store: ArtefactStore, url: URL): Promise<Answer> {
  const ref = `sha256:${url.pathname.slice(url.pathname.lastIndexOf('/') + 1)}`
  if (!/^sha256:[0-9a-f]{64}$/.test(ref)) {
    return { status: 400, body: { error: 'expected GET /artefacts/<sha256>' } }
  }
  if (!(await store.has(ref))) return { status: 404, body: { error: 'no such artefact' } }
  return { status: 200, body: await store.get(ref) }
}

function senderOf(request: IncomingMessage, tokens: Readonly<Record<string, string>>): string | null {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return null
  const digest = createHash('sha256').update(token).digest()
  const match = Object.entries(tokens).find(([, expected]) => {
    const known = Buffer.from(expected, 'hex')
    return known.length === digest.length && timingSafeEqual(known, digest)
  })
  return match?.[0] ?? null
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
