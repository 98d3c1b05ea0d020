/**
 * ACP over HTTP: POST initialize, then DELETE the connection that it opened, always, because each open connection keeps a
 * process of some 300 MB alive at the gateway. A connection of its own per probe, as any new client would make it.
 */
import http from 'node:http'
import https from 'node:https'
import { type Exchange, type HandshakeOptions, head, MAX_ANSWER_BYTES } from './acp.exchange.ts'
import { INITIALIZE } from './acp.schema.ts'

const CLOSE_DEADLINE_MS = 2_000
const CONNECTION_ID = 'acp-connection-id'

interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** `answered` is called once the answer is there, before the connection is closed. */
export async function exchangeOverHttp(
  url: string,
  { deadlineMs, signal }: HandshakeOptions,
  answered: () => void,
): Promise<Exchange> {
  signal?.throwIfAborted()
  const opened: { id?: string } = {}
  try {
    const answer = await send(url, 'POST', deadlineMs, signal, {}, id => {
      opened.id = id
    })
    answered()
    return fromAnswer(answer)
  } catch (cause) {
    answered()
    signal?.throwIfAborted()
    return { kind: 'nothing', reason: cause instanceof Error ? head(cause.message) : 'no answer' }
  } finally {
    // Also after a timeout, when the headers came and the body did not. A refusal shows in the count of connections.
    const { id } = opened
    if (id !== undefined)
      await send(url, 'DELETE', CLOSE_DEADLINE_MS, undefined, { [CONNECTION_ID]: id }).catch(() => null)
  }
}

function fromAnswer({ status, contentType, body }: Answer): Exchange {
  if (status !== 200) return { kind: 'nothing', reason: `HTTP ${status} ${head(body)}`.trim() }
  if (!/^application\/json\b/i.test(contentType)) {
    return { kind: 'nothing', reason: `HTTP 200 with ${head(contentType) || 'no content type'} instead of JSON` }
  }
  return { kind: 'text', text: body }
}

/** Rejects with a sentence for a person. */
function send(
  address: string,
  method: 'POST' | 'DELETE',
  deadlineMs: number,
  signal: AbortSignal | undefined,
  headers: Readonly<Record<string, string>>,
  onConnection: (id: string) => void = () => {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const url = new URL(address)
  const request = (url.protocol === 'https:' ? https : http).request(url, {
    method,
    agent: false,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    ...(signal === undefined ? {} : { signal }),
  })
  const deadline = setTimeout(() => {
    request.destroy(new Error(`no answer from ${url.origin} within ${deadlineMs} ms`))
  }, deadlineMs)
  request.on('response', response => {
    const id = response.headers[CONNECTION_ID]
    if (typeof id === 'string') onConnection(id)
    readBody(response).then(
      body => resolve({ status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body }),
      reject,
    )
  })
  request.on('error', error => reject(inWords(error, url)))
  request.on('close', () => {
    clearTimeout(deadline)
    reject(new Error(`${url.origin} closed the connection without an answer`))
  })
  request.end(method === 'POST' ? INITIALIZE : undefined)
  return promise.finally(() => request.destroy())
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES / 1_024} KiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function inWords(error: NodeJS.ErrnoException, url: URL): Error {
  switch (error.code) {
    case 'ECONNREFUSED':
      return new Error(`nothing listens at ${url.origin}`)
    case 'ECONNRESET':
      return new Error(`${url.origin} closed the connection without an answer`)
    default:
      return error
  }
}
