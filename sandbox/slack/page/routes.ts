/** The pages: a list of people, one page for each, its parts, its events, and what the person does on it. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { z } from 'zod'
import { readBody, sendJson, sendText } from '../http.ts'
import { parseJson } from '../json.ts'
import type { ActParts, Acts } from '../people/acts.ts'
import { type Outcome, refused } from '../people/outcome.ts'
import type { Workspace } from '../workspace.ts'
import { type Channel, type Person, TEAM } from '../world.ts'
import { HOME, type Parts, partsOf } from './parts.ts'
import { listPage, permalinkPage, personPage } from './shell.ts'

export type PageParts = ActParts & { readonly acts: Acts }

/** Nothing but the page's own style, script and calls. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const STYLE = ['base.css', 'messages.css', 'frame.css']
  .map(name => readFileSync(join(import.meta.dirname, name), 'utf8'))
  .join('\n')
const SCRIPT = readFileSync(join(import.meta.dirname, 'client.js'), 'utf8')

/** A page that shows every change at once would show nothing else. */
const COALESCE_MS = 40

/** The newest message that each person has had before their eyes, by person and channel. */
const seen = new WeakMap<Workspace, Map<string, string>>()

export async function servePage(
  parts: PageParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (path === '/style.css') return sendText(response, 200, 'text/css', STYLE)
  if (path === '/client.js') return sendText(response, 200, 'text/javascript', SCRIPT)
  if (path === '/') return sendHtml(response, listPage(people(parts)))
  if (path.startsWith('/archives/')) return sendHtml(response, permalinkPage(people(parts), path.split('/')[2] ?? ''))
  const [, name = '', verb = ''] = /^\/as\/([a-z0-9._-]+)(?:\/([a-z]+))?$/.exec(path) ?? []
  const person = parts.workspace.person(name)
  if (person === undefined || person.isBot) return sendText(response, 404, 'text/plain', 'nobody is called that')
  parts.workspace.direct(person)
  if (request.method === 'POST') return await servePost(parts, person, verb, request, response)
  if (verb === 'events') return serveEvents(parts, request, response)
  const at = new URL(request.url ?? '/', 'http://stand-in').searchParams.get('at') ?? firstChannel(parts, person)
  if (verb === 'parts') return sendJson(response, 200, draw(parts, person, at))
  if (verb !== '') return sendText(response, 404, 'text/plain', 'there is no such page')
  sendHtml(response, personPage(person, at, draw(parts, person, at)))
}

function draw({ workspace, modals }: PageParts, person: Person, at: string): Parts {
  const own = seen.get(workspace) ?? new Map<string, string>()
  seen.set(workspace, own)
  const latest = workspace.messages(at).at(-1)?.ts
  if (latest !== undefined) own.set(`${person.id} ${at}`, latest)
  return partsOf(workspace, modals, person, at, channel => own.get(`${person.id} ${channel}`) ?? '')
}

const entries = z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional()
const BODY = z.object({
  text: z.string().default(''),
  channel: z.string().optional(),
  threadTs: z.string().optional(),
  action: z.string().default(''),
  blockId: z.string().optional(),
  ts: z.string().optional(),
  viewId: z.string().optional(),
  confirm: z.boolean().optional(),
  entries,
})

/** JSON only: a page of another site can send a form here, but not this. */
async function servePost(
  parts: PageParts,
  person: Person,
  verb: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.headers['content-type'] !== 'application/json')
    return sendJson(response, 415, { ok: false, error: 'only JSON' })
  const body = BODY.safeParse(parseJson(await readBody(request)))
  if (!body.success) return sendJson(response, 400, { ok: false, error: z.prettifyError(body.error) })
  sendJson(response, 200, await act(parts, person, verb, body.data))
}

async function act(
  { acts, workspace }: PageParts,
  person: Person,
  verb: string,
  body: z.output<typeof BODY>,
): Promise<Outcome> {
  switch (verb) {
    case 'say': {
      const channel: Channel | undefined =
        body.channel === 'app' ? workspace.direct(person) : workspace.channel(body.channel ?? '')
      if (channel === undefined) return refused('channel_not_found', 'There is no such channel.')
      return await acts.say(person, channel, body.text, body.threadTs)
    }
    case 'press':
      return await acts.press(person, body)
    case 'submit':
      return await acts.submit(person, body.entries ?? {})
    case 'close':
      return await acts.closeView(person)
    case 'home':
      return await acts.openHome(person)
    case 'dismiss':
      workspace.dropEphemeral(person.id, body.ts ?? '')
      return { ok: true, word: 'ok', says: '', ms: 0 }
    default:
      return refused('unknown', 'There is no such action.')
  }
}

/** Tells that something changed, never what: the page asks for its parts. */
function serveEvents({ workspace }: PageParts, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  response.write('retry: 500\ndata: hello\n\n')
  let timer: NodeJS.Timeout | undefined
  const stop = workspace.watch(() => {
    timer ??= setTimeout(() => {
      timer = undefined
      response.write('data: changed\n\n')
    }, COALESCE_MS)
  })
  request.once('close', () => {
    stop()
    clearTimeout(timer)
  })
}

function firstChannel({ workspace }: PageParts, person: Person): string {
  return workspace.channelsOf(person)[0]?.id ?? HOME
}

function people({ workspace }: PageParts): readonly Person[] {
  const all = [...workspace.people.rows.values()].filter(({ isBot, deleted }) => !isBot && !deleted)
  return all.toSorted((a, b) => Number(a.teamId !== TEAM.id) - Number(b.teamId !== TEAM.id))
}

function sendHtml(response: ServerResponse, text: string): void {
  response
    .writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': POLICY,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(text)
}
