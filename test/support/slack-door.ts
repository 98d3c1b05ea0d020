/** The door of Slack on a loopback port, and requests as Slack signs them; what is behind it is given by the test. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, type OutgoingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import type { Client } from '@temporalio/client'
import { Registry } from 'prom-client'
import { createKey } from '../../activities/adapters/signing.ts'
import type { ChatMessage } from '../../domain/chat/chat.ts'
import type { Person, PersonId, Team } from '../../domain/team/team.ts'
import type { Door } from '../../starters/slack/door.ts'
import { createPeople } from '../../starters/slack/people.ts'
import { closeServer, listen } from '../../starters/slack/server.ts'
import type { SlackAccount, SlackWeb } from '../../starters/slack/web.ts'
import { createSlackDoor } from '../../starters/slack.ts'
import { team } from './team.ts'

export const SECRET = 'a-signing-secret-of-the-tests'
export const OLD_SECRET = 'the-signing-secret-before-it'
export const doorKey = createKey()

/** Gil has an account that Slack knows as a guest's, and Bob one that it knows as a bot's. */
export const TEAM: Team = {
  ...team,
  people: [...team.people, withAccount('gil', 'U0GUEST'), withAccount('bob', 'U0OTHERBOT')],
}

function withAccount(name: string, user: string): Person {
  return { id: name as PersonId, name, email: null, phone: null, slackUsers: [user] }
}

export const FULL: SlackAccount = { isDeleted: false, isBot: false, isGuest: false, isStranger: false }

/** A Slack on paper: what it was asked for, in order. */
export function paperSlack(changes: Partial<SlackWeb> = {}) {
  const asked: { readonly what: string; readonly to: string; readonly text: string; readonly view?: unknown }[] = []
  const note = (what: string, to: string, message: ChatMessage) => void asked.push({ what, to, text: message.text })
  const slack: SlackWeb = {
    account: async user => ({ ...FULL, isGuest: user === 'U0GUEST' }),
    openView: async (trigger, view) => {
      asked.push({ what: 'open', to: trigger, text: JSON.stringify(view), view })
      return `V-${trigger}`
    },
    updateView: async (id, view) => void asked.push({ what: 'update', to: id, text: JSON.stringify(view), view }),
    publishHome: async (user, view) => void asked.push({ what: 'home', to: user, text: JSON.stringify(view), view }),
    whisper: async (channel, user, message) => note('whisper', `${channel}/${user}`, message),
    tell: async (user, message) => note('tell', user, message),
    respond: async (url, message) => note('respond', url, message),
    ...changes,
  }
  return { slack, asked }
}

export interface DoorParts {
  readonly client: Client
  readonly slack: SlackWeb
  readonly team?: () => Promise<Team>
  readonly ledger?: Door['ledger']
  readonly loopDelayMs?: () => number
  readonly estate?: Door['estate']
  readonly giveUpMs?: number
  readonly closing?: AbortSignal
  readonly environment?: Door['environment']
}

export interface OpenDoor {
  readonly url: string
  readonly door: Door
  readonly registry: Registry
  readonly warnings: string[]
  idle(): Promise<void>
  close(): Promise<void>
}

export async function openDoor({ client, slack, ...parts }: DoorParts): Promise<OpenDoor> {
  const warnings: string[] = []
  const line = (fields: object, message: string) => void warnings.push(`${message} ${inspect(fields)}`)
  const door: Door = {
    client,
    slack,
    people: createPeople({ readTeam: parts.team ?? (async () => TEAM), account: user => slack.account(user) }),
    estate: parts.estate ?? (async () => Promise.reject(new Error('no estate in this test'))),
    ledger: parts.ledger ?? null,
    signer: doorKey,
    environment: parts.environment ?? {},
    giveUpMs: parts.giveUpMs ?? 30_000,
    closing: parts.closing ?? new AbortController().signal,
    log: { info: () => undefined, warn: line, error: line },
  }
  const registry = new Registry()
  const { listener, idle, close } = createSlackDoor(door, {
    signingSecrets: [SECRET, OLD_SECRET],
    registry,
    loop: { worst: parts.loopDelayMs ?? (() => 0), close: () => undefined },
  })
  const server: Server = await listen(listener, '127.0.0.1:0')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    door,
    registry,
    warnings,
    idle,
    close: async () => {
      server.closeAllConnections()
      await closeServer(server)
      close()
    },
  }
}

export interface Sent {
  readonly status: number
  readonly body: string
  readonly ms: number
}

export interface Sending {
  readonly secret?: string
  /** Unix seconds. */
  readonly at?: number | string
  readonly headers?: Readonly<Record<string, string>>
  readonly path?: string
  readonly method?: string
}

/** Signs as Slack does and sends. */
export async function send(url: string, body: string, sending: Sending = {}): Promise<Sent> {
  const at = String(sending.at ?? Math.floor(Date.now() / 1_000))
  const signature = createHmac('sha256', sending.secret ?? SECRET)
    .update(`v0:${at}:${body}`)
    .digest('hex')
  const begun = performance.now()
  const response = await fetch(`${url}${sending.path ?? '/slack/events'}`, {
    method: sending.method ?? 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': at,
      'x-slack-signature': `v0=${signature}`,
      ...sending.headers,
    },
    ...(sending.method === 'GET' ? {} : { body }),
  })
  return { status: response.status, body: await response.text(), ms: performance.now() - begun }
}

/** The same with headers to the letter: one that comes twice, one that is missing. */
export async function sendRaw(
  url: string,
  body: string,
  headers: OutgoingHttpHeaders,
): Promise<Pick<Sent, 'status' | 'body'>> {
  const sent = request(`${url}/slack/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await text(response) }
}

let triggers = 0

export function commandBody(text: string, changes: Readonly<Record<string, string>> = {}): string {
  triggers += 1
  return new URLSearchParams({
    command: '/ops',
    text,
    trigger_id: `${triggers}.T.${Date.now()}`,
    team_id: 'T0SANDBOX',
    api_app_id: 'A0OPS',
    user_id: 'U0ANA',
    channel_id: 'C0INCIDENTS',
    response_url: 'https://hooks.slack.com/commands/1',
    ...changes,
  }).toString()
}

export function interaction(payload: object, user = 'U0ANA'): string {
  triggers += 1
  const envelope = {
    trigger_id: `${triggers}.T.${Date.now()}`,
    team: { id: 'T0SANDBOX' },
    api_app_id: 'A0OPS',
    user: { id: user, team_id: 'T0SANDBOX' },
  }
  return new URLSearchParams({ payload: JSON.stringify({ ...envelope, ...payload }) }).toString()
}

export function pressBody(action: string, value: object, user = 'U0ANA', changes: object = {}): string {
  return interaction(
    {
      type: 'block_actions',
      channel: { id: 'C0INCIDENTS' },
      response_url: 'https://hooks.slack.com/actions/1',
      actions: [{ action_id: action, action_ts: (Date.now() / 1_000).toFixed(6), value: JSON.stringify(value) }],
      ...changes,
    },
    user,
  )
}

/** @param open the form that it is sent from; a new one without it. */
export function formBody(
  form: string,
  value: object,
  fields: Readonly<Record<string, string>>,
  user = 'U0ANA',
  open: { readonly id?: string; readonly hash?: string } = {},
): string {
  triggers += 1
  return interaction(
    {
      type: 'view_submission',
      view: {
        id: `V${triggers}`,
        hash: `h${triggers}`,
        ...open,
        callback_id: form,
        private_metadata: JSON.stringify(value),
        state: {
          values: Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, { input: { value: text } }])),
        },
      },
    },
    user,
  )
}
