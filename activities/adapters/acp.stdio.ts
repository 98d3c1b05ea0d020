/** ACP over standard streams: start the agent, write one line, read until its answer, end the agent with all that it started. */
import { randomBytes } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import { type Exchange, type HandshakeOptions, head, MAX_ANSWER_BYTES } from './acp.exchange.ts'
import { INITIALIZE } from './acp.schema.ts'
import { type Child, type ShellOptions, start } from './shell.ts'

/** An agent ends by itself soon after its input has ended; this keeps what it started from being orphaned. */
const GOODBYE_MS = 1_000

/** `answered` is called once the answer is there, before the agent is ended. */
export async function exchangeOverStdio(
  tool: string,
  args: readonly string[],
  { deadlineMs, signal, ...options }: HandshakeOptions & Pick<ShellOptions, 'asUser' | 'env' | 'cwd'>,
  answered: () => void,
): Promise<Exchange> {
  // Beside ACP OpenCode listens with a server that runs commands, by default without a password. Nobody needs to know it.
  const env = { ...options.env, OPENCODE_SERVER_PASSWORD: randomBytes(24).toString('base64url') }
  const child = start(tool, args, { ...options, env, deadlineMs, ...(signal === undefined ? {} : { signal }) })
  const errors = tail(child)
  child.stdin.write(`${INITIALIZE}\n`)
  const line = await firstAnswer(child)
  answered()
  child.stdin.end()
  const goodbye = setTimeout(child.stop, GOODBYE_MS)
  const { ending, exitCode } = await child.ended.finally(() => clearTimeout(goodbye))
  if (line.kind === 'text') return line
  if (line.reason !== '') return line
  if (ending === 'deadline') return { kind: 'nothing', reason: `no answer from ${tool} within ${deadlineMs} ms` }
  return { kind: 'nothing', reason: `${tool} ended with ${exitCode ?? 'a signal'} and no answer: ${head(errors())}` }
}

/** The first line that answers request 1; agents may send notifications before it. */
async function firstAnswer(child: Child): Promise<Exchange> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let size = 0
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    size += chunk.length
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    const answer = lines.find(line => line.trim() !== '' && !isNotification(line))
    if (answer !== undefined) return { kind: 'text', text: answer }
    if (size > MAX_ANSWER_BYTES)
      return { kind: 'nothing', reason: `no answer in the first ${MAX_ANSWER_BYTES / 1_024} KiB` }
  }
  return { kind: 'nothing', reason: '' }
}

function isNotification(line: string): boolean {
  try {
    const message: unknown = JSON.parse(line)
    return typeof message === 'object' && message !== null && 'method' in message
  } catch {
    return false
  }
}

/** The last words on standard error, for the reason. */
function tail(child: Child): () => string {
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-2_000)
  })
  return () => text.trim().split('\n').at(-1) ?? ''
}
