// What the scripted model says: a pure function from a chat-completions request to a reply. The
// text of the last prompt decides, so that a test or the traffic asks for what it wants to see:
//
//   run: COMMAND      calls the bash tool with COMMAND, then sums up
//   fail: tool        calls the read tool for a file that the folder lacks; the tool fails
//   fail: arguments   calls the bash tool with arguments that are no JSON
//   fail: provider    answers HTTP 500, which OpenCode asks again and again, until the turn is cancelled
//   fail: request     answers HTTP 400, with which OpenCode ends the turn
//   slow: N           answers after N milliseconds (60,000 at most)
//   anything else     answers with one line
export type Reply =
  | Readonly<{ kind: 'text'; text: string; delayMs: number }>
  | Readonly<{ kind: 'tool'; name: string; arguments: string }>
  | Readonly<{ kind: 'failure'; status: number; message: string }>

type Message = Readonly<{ role: string; content: string }>

export function replyTo(request: unknown): Reply {
  const messages = messagesOf(request)
  const prompt =
    messages
      .filter(message => message.role === 'user')
      .at(-1)
      ?.content.trim() ?? ''
  // The question for a title comes without tools, and quotes the prompt.
  if (!hasTools(request)) return text('Scripted session')
  if (messages.at(-1)?.role === 'tool') return text('Done.')
  const [, verb, rest] = /^(run|fail|slow):\s*(.*)$/s.exec(prompt) ?? []
  if (verb === 'run') return tool('bash', JSON.stringify({ command: rest, description: 'Run a scripted command' }))
  if (verb === 'slow')
    return { ...text('Done slowly.'), delayMs: Math.min(60_000, Number.parseInt(rest ?? '', 10) || 0) }
  if (verb !== 'fail') return text('The scripted model has nothing to add.')
  if (rest === 'tool') return tool('read', JSON.stringify({ filePath: 'no-such-file' }))
  if (rest === 'arguments') return tool('bash', '{"command": ')
  return {
    kind: 'failure',
    status: rest === 'request' ? 400 : 500,
    message: 'the scripted provider fails because the prompt asked it to',
  }
}

const text = (words: string) => ({ kind: 'text', text: words, delayMs: 0 }) as const
const tool = (name: string, args: string) => ({ kind: 'tool', name, arguments: args }) as const

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined

function hasTools(request: unknown): boolean {
  const tools = field(request, 'tools')
  return Array.isArray(tools) && tools.length > 0
}

function messagesOf(request: unknown): readonly Message[] {
  const messages = field(request, 'messages')
  if (!Array.isArray(messages)) return []
  return messages.map(message => ({
    role: String(field(message, 'role')),
    content: contentOf(field(message, 'content')),
  }))
}

// Content is a text, or parts of which some are texts.
function contentOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map(part => field(part, 'text') ?? '').join('')
}
