/** What the ingress asks of Slack: small, quick and tried once. Whatever must arrive is posted by the chat worker instead. */
import { WebClient } from '@slack/web-api'
import type { ChatMessage } from '../../domain/chat/chat.ts'
import type { HomeView } from '../../domain/chat/home.ts'
import type { ModalView } from '../../domain/chat/modals.ts'
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'

/** A form's trigger counts for three seconds; an answer beyond this is of no use to it. */
const TIMEOUT_MS = 2_500

/** What Slack says about an account, as far as it decides whether its owner may be heard. */
export interface SlackAccount {
  readonly isDeleted: boolean
  readonly isBot: boolean
  readonly isGuest: boolean
  readonly isStranger: boolean
}

export interface SlackWeb {
  account(user: string): Promise<SlackAccount>
  /** Answers with the id of the view. */
  openView(trigger: string, view: ModalView): Promise<string>
  updateView(id: string, view: ModalView): Promise<void>
  publishHome(user: string, view: HomeView): Promise<void>
  /** Seen by one person in a channel, as long as they do not reload. */
  whisper(channel: string, user: string, message: ChatMessage): Promise<void>
  /** To one person alone. */
  tell(user: string, message: ChatMessage): Promise<void>
  /** Through the address that came with a command or a press; counts five times within half an hour. */
  respond(url: string, message: ChatMessage): Promise<void>
}

/** @param apiUrl where Slack's methods are, for the stand-in; null for Slack itself. */
export function createSlackWeb(token: string, apiUrl: string | null): SlackWeb {
  const client = new WebClient(token, {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT_MS,
    allowAbsoluteUrls: false,
    logger: SILENT,
  })
  const call = async (method: string, options: Readonly<Record<string, unknown>>) => {
    try {
      return await client.apiCall(method, { ...options })
    } catch (error) {
      throw explained(method, error)
    }
  }
  return {
    async account(user) {
      const answer = await call('users.info', { user })
      const found = Reflect.get(answer, 'user')
      if (typeof found !== 'object' || found === null) throw explained('users.info', new Error('no user in the answer'))
      const has = (flag: string) => Reflect.get(found, flag) === true
      return {
        isDeleted: has('deleted'),
        isBot: has('is_bot') || user === 'USLACKBOT',
        isGuest: has('is_restricted') || has('is_ultra_restricted'),
        isStranger: has('is_stranger'),
      }
    },
    async openView(trigger, view) {
      const answer = await call('views.open', { trigger_id: trigger, view })
      const opened: unknown = Reflect.get(answer, 'view')
      return typeof opened === 'object' && opened !== null ? String(Reflect.get(opened, 'id')) : ''
    },
    updateView: async (id, view) => void (await call('views.update', { view_id: id, view })),
    publishHome: async (user, view) => void (await call('views.publish', { user_id: user, view })),
    whisper: async (channel, user, message) =>
      void (await call('chat.postEphemeral', { channel, user, ...QUIET, ...message })),
    tell: async (user, message) => void (await call('chat.postMessage', { channel: user, ...QUIET, ...message })),
    respond: (url, message) => respond(url, apiUrl, message),
  }
}

const QUIET = { link_names: false, parse: 'none', unfurl_links: false, unfurl_media: false }

/** The library would print answers of Slack, and with them whatever stands in them. */
const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => 'error' as never,
  setName: () => undefined,
}

/** The address comes from outside, signed or not: it is followed to Slack's own machines only. */
async function respond(url: string, apiUrl: string | null, message: ChatMessage): Promise<void> {
  const target = URL.parse(url)
  const isSlack = target?.protocol === 'https:' && target.hostname === 'hooks.slack.com'
  const isStandIn = apiUrl !== null && target?.origin === URL.parse(apiUrl)?.origin
  if (target === null || !(isSlack || isStandIn)) throw explained('response_url', new Error('not an address of Slack'))
  const response = await fetch(target, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw explained('response_url', error)
  })
  await response.arrayBuffer()
  if (!response.ok) throw explained('response_url', new Error(`answered ${response.status}`))
}

/** Slack's own word for what is wrong, where it has one. */
function explained(method: string, error: unknown): OpsError {
  const data: unknown = error instanceof Error ? Reflect.get(error, 'data') : null
  const word: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'error') : null
  const known = typeof word === 'string' && /^[a-z_]{1,60}$/.test(word) ? word : null
  const why = known ?? redact(error instanceof Error ? error.message : String(error)).slice(0, 120)
  return new OpsError(
    {
      owner: 'tool',
      message: `slack did not do ${method}: ${why}`,
      hint: HINTS[known ?? ''] ?? 'Try again; ops doctor looks at the connection to Slack.',
    },
    { cause: error },
  )
}

const HINTS: Readonly<Record<string, string>> = {
  expired_trigger_id: 'Slack waits three seconds for a form: press again, or write it as a command.',
  exchanged_trigger_id: 'The form is open already: close it, and press again.',
  invalid_trigger_id: 'Press again, or write it as a command.',
  missing_scope: 'Install the app again with the scopes of docs/slack-manifest.json; ops doctor names what is missing.',
  invalid_auth: 'Put a valid bot token into the file of OPS_SLACK_TOKEN_FILE.',
  token_revoked: 'Install the app again and put its new token into the file of OPS_SLACK_TOKEN_FILE.',
}
