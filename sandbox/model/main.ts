// `opencode-model.service`: a model provider that follows a script (script.ts) and speaks OpenAI's
// chat completions as server-sent events on loopback. With it OpenCode runs whole turns with
// real tools, without a network and always in the same way. `GET /healthz` says that it is up.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Reply, replyTo } from './script.ts'

const HOST = '127.0.0.1'
/** 0 takes a free port; the line on standard output names it. */
const port = Number(process.env.MODEL_PORT ?? 9999)
const USAGE = { prompt_tokens: 12, completion_tokens: 2, total_tokens: 14 }
const MAX_BODY = 16 * 1024 * 1024

const server = createServer((request, response) => {
  handle(request, response).catch(error => {
    if (!response.headersSent) sendError(response, 400, error instanceof Error ? error.message : String(error))
    else response.destroy()
  })
})

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/healthz') return sendJson(response, 200, { status: 'ok' })
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions')
    return sendError(response, 404, 'only POST /v1/chat/completions is served')
  const reply = replyTo(JSON.parse(await readBody(request)))
  if (reply.kind === 'failure') return sendError(response, reply.status, reply.message)
  if (reply.kind === 'text') await sleep(reply.delayMs)
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  for (const event of eventsOf(reply)) response.write(`data: ${JSON.stringify(event)}\n\n`)
  response.end('data: [DONE]\n\n')
}

/** The chunks of a completion: the role, what is said or called, and why it ended, with the tokens. */
function eventsOf(reply: Exclude<Reply, { kind: 'failure' }>): readonly object[] {
  serial += 1
  const envelope = {
    id: `chatcmpl-${serial}`,
    object: 'chat.completion.chunk',
    created: Math.floor(Date.now() / 1000),
    model: 'm',
  }
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    ...envelope,
    choices: [{ index: 0, delta, finish_reason }],
  })
  const call = reply.kind === 'tool' && {
    tool_calls: [
      {
        index: 0,
        id: `call_${process.pid}_${serial}`,
        type: 'function',
        function: { name: reply.name, arguments: reply.arguments },
      },
    ],
  }
  const last = { ...chunk({}, call ? 'tool_calls' : 'stop'), usage: USAGE }
  return [
    chunk({ role: 'assistant', content: '' }),
    chunk(call || { content: reply.kind === 'text' ? reply.text : '' }),
    last,
  ]
}
let serial = 0

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  request.setEncoding('utf8')
  for await (const part of request) {
    body += part
    if (body.length > MAX_BODY) throw new Error(`the request is longer than ${MAX_BODY} characters`)
  }
  return body
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error' } })
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
server.on('error', error => {
  console.error(`the scripted model cannot listen on ${HOST}:${port}: ${error.message}`)
  console.error('Stop what uses the port, or set MODEL_PORT here and baseURL in opencode.json.')
  process.exit(1)
})
server.keepAliveTimeout = 65_000
server.listen(port, HOST, () => {
  const address = server.address()
  console.log(`scripted model at http://${HOST}:${typeof address === 'object' ? address?.port : port}/v1`)
})
