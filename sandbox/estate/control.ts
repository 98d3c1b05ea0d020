/** The supervisor's ear: a socket that only root reaches, through which other terminals ask it to do things. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { dirname } from 'node:path'
import { exits, messageOf, Problem } from './problem.ts'

/** A verb with its words, and what it answers with (plain JSON). */
export type Verbs = Readonly<Record<string, (words: readonly string[]) => Promise<unknown>>>

interface Reply {
  readonly answer?: unknown
  readonly problem?: { readonly message: string; readonly hint?: string; readonly exit: number }
}

export async function serveControl(socket: string, verbs: Verbs): Promise<() => Promise<void>> {
  mkdirSync(dirname(socket), { recursive: true })
  rmSync(socket, { force: true })
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      void replyTo(verbs, Buffer.concat(chunks).toString('utf8')).then(reply => outgoing.end(JSON.stringify(reply)))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  chmodSync(socket, 0o600)
  return async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

async function replyTo(verbs: Verbs, body: string): Promise<Reply> {
  try {
    const words = wordsOf(body)
    const verb = verbs[words[0] ?? '']
    if (verb === undefined) throw new Problem(`unknown verb '${words[0]}'`, { exit: exits.usage })
    return { answer: await verb(words.slice(1)) }
  } catch (error) {
    const known = error instanceof Problem ? error : new Problem(messageOf(error))
    const { message, hint, exit } = known
    return { problem: { message, exit, ...(hint === undefined ? {} : { hint }) } }
  }
}

function wordsOf(body: string): readonly string[] {
  const words: unknown = JSON.parse(body)
  return Array.isArray(words) && words.every(word => typeof word === 'string') ? words : []
}

/** Undefined when no supervisor listens. @throws the Problem that the supervisor met. */
export async function askSupervisor(
  socket: string,
  words: readonly string[],
): Promise<{ readonly answer: unknown } | undefined> {
  const text = await new Promise<string | undefined>((resolve, reject) => {
    const asking = request({ socketPath: socket, method: 'POST', agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    })
    asking.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? resolve(undefined) : reject(error),
    )
    asking.end(JSON.stringify(words))
  })
  if (text === undefined) return undefined
  const reply = JSON.parse(text) as Reply
  if (reply.problem === undefined) return { answer: reply.answer }
  const { message, hint, exit } = reply.problem
  throw new Problem(message, { exit, ...(hint === undefined ? {} : { hint }) })
}
