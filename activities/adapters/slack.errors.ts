/** What Slack's refusals mean for whoever called: try later, look whether it happened, go elsewhere, or ask a person. */
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api'
import { type FailureOwner, OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'
import { fetchFailure } from './fetch-failure.ts'

export type TroubleKind =
  /** Slack's pace; nothing happened. */
  | 'limited'
  /** It may have happened. */
  | 'ambiguous'
  /** It did not happen, and may succeed later. */
  | 'later'
  /** This channel or person cannot be written to; another one can. */
  | 'refused'
  /** The app itself may not, anywhere. */
  | 'workspace'
  /** Our message breaks a rule of Slack's. */
  | 'malformed'
  /** What it is about does not exist any more. */
  | 'gone'

export class SlackTrouble extends OpsError {
  readonly kind: TroubleKind
  /** Slack's own word, or null when the answer was not Slack's. */
  readonly code: string | null

  constructor(
    kind: TroubleKind,
    what: { readonly code?: string; readonly message: string; readonly hint: string; readonly retryAfterMs?: number },
  ) {
    const { message, hint, retryAfterMs } = what
    super({ owner: OWNERS[kind], message, hint, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
    this.kind = kind
    this.code = what.code ?? null
  }
}

const OWNERS: Readonly<Record<TroubleKind, FailureOwner>> = {
  limited: 'tool',
  ambiguous: 'tool',
  later: 'tool',
  refused: 'configuration',
  workspace: 'permission',
  malformed: 'configuration',
  gone: 'operator',
}

export function isTrouble(error: unknown, ...kinds: readonly TroubleKind[]): error is SlackTrouble {
  return error instanceof SlackTrouble && kinds.includes(error.kind)
}

const SLOWLY_MS = 300_000
const WITHOUT_HEADER_MS = 30_000

const KINDS: readonly (readonly [TroubleKind, readonly string[]])[] = [
  ['limited', ['ratelimited', 'rate_limited', 'message_limit_exceeded']],
  ['ambiguous', ['internal_error', 'fatal_error']],
  ['later', ['service_unavailable', 'request_timeout', 'team_added_to_org', 'org_login_required', 'accesslimited']],
  [
    'workspace',
    [
      'invalid_auth',
      'not_authed',
      'token_revoked',
      'token_expired',
      'account_inactive',
      'missing_scope',
      'no_permission',
      'not_allowed_token_type',
      'access_denied',
    ],
  ],
  [
    'refused',
    [
      'channel_not_found',
      'not_in_channel',
      'is_archived',
      'ekm_access_denied',
      'user_not_found',
      'users_not_found',
      'user_disabled',
      'user_not_visible',
      'cannot_dm_bot',
      'messages_tab_disabled',
    ],
  ],
  [
    'malformed',
    [
      'invalid_blocks',
      'invalid_blocks_format',
      'msg_blocks_too_long',
      'msg_too_long',
      'no_text',
      'metadata_too_large',
      'invalid_metadata_format',
      'invalid_metadata_schema',
      'invalid_arguments',
    ],
  ],
  [
    'gone',
    ['message_not_found', 'thread_not_found', 'cant_update_message', 'edit_window_closed', 'cannot_reply_to_message'],
  ],
]

const HINTS: Readonly<Record<TroubleKind, string>> = {
  limited: 'Nothing to do: it is tried again when Slack allows it.',
  ambiguous:
    'It is tried again, and looked for before anything is posted a second time. Is Slack up? See its status page.',
  later: 'It is tried again. Everything works by "ops" on the command line meanwhile.',
  refused: 'Invite the app to that channel or correct the ids of channels and people in the estate file.',
  workspace: 'Check the token and the scopes of the app: install it again from its manifest.',
  malformed: 'This is a mistake in opencode-acp-ops: keep the log of the worker and report it.',
  gone: 'It was deleted in Slack; what is shown next is posted anew.',
}

/** An adventure with Slack in one word and a remedy. `what` is the method that was called. Bodies are never repeated. */
export function slackTrouble(error: unknown, method: string, timeoutMs: number): SlackTrouble {
  if (error instanceof SlackTrouble) return error
  if (error instanceof WebAPIRateLimitedError) return limited(method, error.retryAfter * 1_000)
  if (error instanceof WebAPIPlatformError) return ofCode(error, method)
  if (error instanceof WebAPIHTTPError) {
    const { statusCode } = error
    const happened = statusCode >= 500 || statusCode === 408
    return trouble(happened ? 'ambiguous' : 'later', `${method}: Slack answers with HTTP ${statusCode}`)
  }
  if (error instanceof WebAPIRequestError) {
    return trouble('ambiguous', `${method}: no answer from Slack: ${fetchFailure(error.original, timeoutMs)}`)
  }
  const message = error instanceof Error ? error.message : String(error)
  // The client knows no class for a 429 that does not say how long.
  if (message.startsWith('Retry header did not contain')) return limited(method, WITHOUT_HEADER_MS)
  return trouble('ambiguous', `${method}: ${redact(message).slice(0, 200)}`)
}

export function limited(method: string, forMs: number): SlackTrouble {
  return new SlackTrouble('limited', {
    message: `slack limits ${method} for ${Math.ceil(forMs / 1_000)} s`,
    hint: HINTS.limited,
    retryAfterMs: forMs,
  })
}

function ofCode({ data }: WebAPIPlatformError, method: string): SlackTrouble {
  const code = data.error
  // A proxy that answers in Slack's place puts a whole page here.
  if (!/^[a-z][a-z0-9_]{1,79}$/.test(code)) {
    return trouble('ambiguous', `${method}: the answer is not Slack's; does a proxy stand in between?`)
  }
  const kind = kindOf(code)
  const rules = data.response_metadata?.messages ?? []
  const details = kind === 'malformed' && rules.length > 0 ? `: ${redact(rules.join('; ')).slice(0, 300)}` : ''
  const wait = code === 'message_limit_exceeded' || code === 'org_login_required' ? SLOWLY_MS : undefined
  return new SlackTrouble(kind, {
    code,
    message: `${method}: slack says ${code}${details}`,
    hint: HINTS[kind],
    ...(kind === 'limited'
      ? { retryAfterMs: wait ?? WITHOUT_HEADER_MS }
      : wait === undefined
        ? {}
        : { retryAfterMs: wait }),
  })
}

/** A word that Slack did not have before may pass; a person sees it in the message. */
function kindOf(code: string): TroubleKind {
  if (code.startsWith('restricted_action')) return 'refused'
  return KINDS.find(([, codes]) => codes.includes(code))?.[0] ?? 'later'
}

function trouble(kind: TroubleKind, message: string): SlackTrouble {
  return new SlackTrouble(kind, { message, hint: HINTS[kind] })
}
