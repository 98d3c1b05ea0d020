/** A stand-in for Slack and an app behind it, for one test: the app answers as the test says and keeps what it got. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import type { StandIn } from '../../../sandbox/slack/client.ts'
import { type RunningStandIn, type StandInOptions, startStandIn } from '../../../sandbox/slack/stand-in.ts'

export const TOKEN = 'xoxb-for-this-test'
export const SECRET = 'signing-secret-for-this-test'

/** What arrived at the app. */
export interface Got {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly form: URLSearchParams
  /** The interaction's payload, or the event's envelope. */
  readonly payload: unknown
}

/** A block, an element, a view: whatever Block Kit takes. */
export interface Made {
  readonly type: string
  readonly [name: string]: unknown
}

export interface AppAnswer {
  readonly status?: number
  /** An object is sent as JSON. */
  readonly body?: string | object
  /** Milliseconds before the answer. */
  readonly after?: number
}

export interface App {
  readonly url: string
  readonly got: Got[]
  /** Answers from now on; an empty 200 without it. */
  answer(how: (got: Got) => AppAnswer | Promise<AppAnswer>): void
}

export interface Rig {
  readonly standIn: RunningStandIn
  readonly door: StandIn
  readonly app: App
  readonly client: WebClient
}

export type Ending = Pick<TestContext, 'after'>

export async function startRig(context: Ending, options: Partial<StandInOptions> = {}): Promise<Rig> {
  const app = await startApp(context)
  const standIn = await startStandIn({
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    signingSecret: SECRET,
    ingress: app.url,
    people: [],
    ...options,
  })
  context.after(() => standIn.close())
  return { standIn, app, door: { url: standIn.url, token: TOKEN }, client: clientOf(standIn.url) }
}

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}

/** As the product builds it: no retries of its own. */
export function clientOf(url: string, token = TOKEN): WebClient {
  return new WebClient(token, {
    slackApiUrl: `${url}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 5000,
    logger: silent,
  })
}

export async function startApp(context: Ending): Promise<App> {
  let how: (got: Got) => AppAnswer | Promise<AppAnswer> = () => ({})
  const got: Got[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    const form = new URLSearchParams(request.headers['content-type'] === 'application/json' ? '' : body)
    const json = form.get('payload') ?? (body.startsWith('{') ? body : 'null')
    const one: Got = { headers: request.headers, body, form, payload: JSON.parse(json) }
    got.push(one)
    const answer = await how(one)
    if (answer.after !== undefined) await new Promise(resolve => setTimeout(resolve, answer.after))
    const isText = typeof answer.body === 'string'
    const type = isText ? 'text/plain' : 'application/json'
    response.writeHead(answer.status ?? 200, answer.body === undefined ? {} : { 'content-type': type })
    response.end(isText ? answer.body : answer.body && JSON.stringify(answer.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(
    () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(resolve)
      }),
  )
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/slack/events`, got, answer: next => (how = next) }
}

/** What stands in a structure under these names and numbers; undefined when something on the way is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value)
}

/** What the signature of a request has to be. */
export function signatureOf(timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', SECRET).update(`v0:${timestamp}:${body}`).digest('hex')}`
}

/** A section with two buttons, the second of which asks back. */
export function card(value = 'v1'): readonly Made[] {
  return [
    { type: 'section', block_id: 'what', text: { type: 'mrkdwn', text: '*Approval needed*: restart acp on alpha' } },
    {
      type: 'actions',
      block_id: 'decide',
      elements: [
        button('ops:approval:approve:v1', 'Approve', { value, style: 'primary' }),
        button('ops:approval:deny:v1', 'Deny', {
          value,
          style: 'danger',
          confirm: {
            title: plain('Deny it?'),
            text: plain('Nothing is restarted then.'),
            confirm: plain('Deny'),
            deny: plain('Keep'),
          },
        }),
      ],
    },
  ]
}

export const plain = (text: string) => ({ type: 'plain_text' as const, text })

export function button(action_id: string, text: string, more: object = {}): Made {
  return { type: 'button', action_id, text: plain(text), ...more }
}

/** A modal with a title, a line of text, a menu and an optional field. */
export function modal(more: object = {}): Made {
  return {
    type: 'modal',
    callback_id: 'ops:modal:declare:v1',
    private_metadata: '{"v":1}',
    title: plain('Declare an incident'),
    submit: plain('Declare'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'input',
        block_id: 'title',
        label: plain('What is broken'),
        element: { type: 'plain_text_input', action_id: 'title', max_length: 80 },
      },
      {
        type: 'input',
        block_id: 'severity',
        label: plain('Severity'),
        element: {
          type: 'static_select',
          action_id: 'severity',
          options: ['critical', 'high'].map(value => ({ text: plain(value), value })),
        },
      },
      {
        type: 'input',
        block_id: 'note',
        optional: true,
        label: plain('Note'),
        element: { type: 'plain_text_input', action_id: 'note', multiline: true },
      },
    ],
    ...more,
  }
}
