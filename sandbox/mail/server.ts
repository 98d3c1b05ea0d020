/** The sandbox's mail server and pager: SMTP on one port; `GET /messages` and `POST /pager` over HTTP on the other. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { Mailbox } from './mailbox.ts'
import { judgeEvent } from './pager.ts'
import type { Settings } from './settings.ts'

const MAIL_BYTES = 10 * 1024 * 1024
/** PagerDuty's own limit of an event. */
const EVENT_BYTES = 512 * 1024

export interface RunningMail {
  /** smtp://ADDRESS:PORT */
  readonly smtp: string
  /** http://ADDRESS:PORT */
  readonly http: string
  close(): Promise<void>
}

/** Listens on both ports and answers when it does. */
export async function startMail({ smtp, http, folder }: Settings): Promise<RunningMail> {
  const mailbox = await Mailbox.open(folder)
  const mailServer = new SMTPServer({
    // It is the estate's own; whoever reaches its address may send.
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAIL_BYTES,
    logger: false,
    onData: (stream, session, callback) => {
      take(mailbox, stream, session).then(() => callback(), callback)
    },
  })
  // A client that hangs up is no reason to end.
  mailServer.on('error', error => console.error(`smtp: ${error.message}`))
  mailServer.listen(smtp.port, smtp.host)
  await once(mailServer.server, 'listening')
  const webServer = createServer((request, response) => {
    serve(mailbox, request, response).catch(error => {
      console.error(error)
      if (!response.headersSent) send(response, 500, { error: 'internal error' })
    })
  })
  webServer.listen(http.port, http.host)
  await once(webServer, 'listening')
  return {
    smtp: urlOf('smtp', mailServer.server),
    http: urlOf('http', webServer),
    async close() {
      webServer.closeAllConnections()
      await Promise.all([
        new Promise(resolve => webServer.close(resolve)),
        new Promise<void>(resolve => mailServer.close(resolve)),
      ])
    },
  }
}

class Refusal extends Error {
  readonly responseCode = 552
}

async function take(mailbox: Mailbox, stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<void> {
  const parts: Buffer[] = []
  let bytes = 0
  // The rest is read also when it is too much: the client listens only after its last byte.
  for await (const part of stream) {
    bytes += part.length
    if (bytes <= MAIL_BYTES) parts.push(part)
  }
  if (bytes > MAIL_BYTES) throw new Refusal('the message is larger than 10 MB')
  const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
  const to = envelope.rcptTo.map(({ address }) => address)
  await mailbox.mail(from, to, Buffer.concat(parts))
}

async function serve(mailbox: Mailbox, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0]
  if (request.method === 'GET' && path === '/messages') return send(response, 200, mailbox.list())
  if (request.method === 'GET' && path === '/healthz') return send(response, 200, { status: 'ok' })
  if (request.method !== 'POST' || path !== '/pager')
    return send(response, 404, { error: 'there are GET /messages and POST /pager' })
  const body = await readBody(request)
  if (body === undefined)
    return send(response, 413, { status: 'invalid event', message: 'Event object is too large', errors: [] })
  const judged = judgeEvent(parse(body))
  if (judged.kind === 'refused')
    return send(response, 400, { status: 'invalid event', message: 'Event object is invalid', errors: judged.errors })
  await mailbox.page(judged.dedupKey, judged.event)
  send(response, 202, { status: 'success', message: 'Event processed', dedup_key: judged.dedupKey })
}

/** Undefined when there is too much. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    bytes += part.length
    if (bytes > EVENT_BYTES) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value))
}

function urlOf(scheme: string, server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
