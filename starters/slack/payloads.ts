/** What Slack sends, checked at the door: the fields that are used and their types. A field that came twice is a list, and refused. */
import { z } from 'zod'

const id = z.string().min(1).max(255)
/** Slack cuts what people type far below this. */
const text = z.string().max(60_000)
const url = z.string().max(3_000)
const user = z.object({ id, team_id: id.optional() })
const team = z.object({ id })
const channel = z.object({ id })

const Command = z.object({
  command: z.string().regex(/^\/\S{1,60}$/),
  text: text.default(''),
  trigger_id: id,
  team_id: id,
  api_app_id: id,
  user_id: id,
  channel_id: id,
  response_url: url,
})

const Press = z.object({
  type: z.literal('block_actions'),
  trigger_id: id,
  team,
  api_app_id: id,
  user,
  channel: channel.optional(),
  response_url: url.optional(),
  view: z.object({ id, type: z.string() }).optional(),
  actions: z.array(z.object({ action_id: id, action_ts: id, value: z.string().max(2_000).optional() })).min(1),
})

/** One input of a form, whatever kind of element it is. */
const Input = z.looseObject({
  value: text.nullish(),
  selected_option: z.object({ value: text }).nullish(),
  selected_options: z.array(z.object({ value: text })).nullish(),
})

const Submission = z.object({
  type: z.literal('view_submission'),
  trigger_id: id,
  team,
  api_app_id: id,
  user,
  view: z.object({
    id,
    hash: id,
    callback_id: z.string().max(255),
    private_metadata: z.string().max(3_000).default(''),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), Input)) }),
  }),
})

const Shortcut = z.object({
  type: z.enum(['shortcut', 'message_action']),
  callback_id: z.string().max(255),
  trigger_id: id,
  team,
  api_app_id: id,
  user,
  channel: channel.optional(),
  response_url: url.optional(),
  message: z.object({ ts: id, thread_ts: id.optional(), text: text.nullish(), user: id.optional() }).optional(),
})

const Happening = z.object({
  type: z.literal('event_callback'),
  team_id: id,
  api_app_id: id,
  event_id: id,
  event: z.looseObject({ type: id, user: id.optional(), tab: z.string().optional() }),
})

/** A view that was closed, and whatever else carries who sent it: acknowledged and forgotten. */
const Other = z.object({ type: z.string(), team, api_app_id: id, user: user.optional() })

/** Who sent it, and for whom: checked before anything else is looked at. */
export interface Sender {
  readonly teamId: string
  readonly appId: string
  readonly user: string
  /** Workspace of the user: another one than `teamId` in a channel that is shared with strangers. */
  readonly userTeam: string
}

export interface Press {
  readonly kind: 'press'
  readonly sender: Sender
  readonly trigger: string
  readonly action: string
  readonly actionTs: string
  readonly value: string
  readonly channel: string | null
  readonly responseUrl: string | null
  /** The open form in which it was pressed; null on a message and on the home. */
  readonly form: string | null
}

export interface SlashCommand {
  readonly kind: 'command'
  readonly sender: Sender
  readonly trigger: string
  readonly command: string
  readonly text: string
  readonly channel: string
  readonly responseUrl: string
}

export interface Submission {
  readonly kind: 'submission'
  readonly sender: Sender
  readonly trigger: string
  readonly form: string
  readonly viewId: string
  readonly hash: string
  readonly metadata: string
  /** By block id: what was typed or chosen. */
  readonly values: Readonly<Record<string, string>>
}

interface ShortcutMessage {
  /** Time of the message that begins its thread: of itself when it begins one. */
  readonly thread: string
  /** Whether it stands below another message. */
  readonly isReply: boolean
  readonly text: string
  readonly user: string | null
}

export interface Shortcut {
  readonly kind: 'shortcut'
  readonly sender: Sender
  readonly callback: string
  readonly trigger: string
  readonly channel: string | null
  readonly responseUrl: string | null
  readonly message: ShortcutMessage | null
}

export type Incoming =
  | SlashCommand
  | Press
  | Submission
  | Shortcut
  | { readonly kind: 'home'; readonly sender: Sender }
  | { readonly kind: 'ignored'; readonly sender: Sender; readonly what: string }

const READERS: readonly ((body: unknown) => Incoming | null)[] = [
  reader(Command, body => ({
    kind: 'command',
    sender: { teamId: body.team_id, appId: body.api_app_id, user: body.user_id, userTeam: body.team_id },
    trigger: body.trigger_id,
    command: body.command,
    text: body.text,
    channel: body.channel_id,
    responseUrl: body.response_url,
  })),
  reader(Press, ({ actions: [action], ...body }) => ({
    kind: 'press',
    sender: senderOf(body),
    trigger: body.trigger_id,
    action: action?.action_id ?? '',
    actionTs: action?.action_ts ?? '',
    value: action?.value ?? '',
    channel: body.channel?.id ?? null,
    responseUrl: body.response_url ?? null,
    form: body.view?.type === 'modal' ? body.view.id : null,
  })),
  reader(Submission, ({ view, ...body }) => ({
    kind: 'submission',
    sender: senderOf(body),
    trigger: body.trigger_id,
    form: view.callback_id,
    viewId: view.id,
    hash: view.hash,
    metadata: view.private_metadata,
    values: valuesOf(view.state.values),
  })),
  reader(Shortcut, body => ({
    kind: 'shortcut',
    sender: senderOf(body),
    callback: body.callback_id,
    trigger: body.trigger_id,
    channel: body.channel?.id ?? null,
    responseUrl: body.response_url ?? null,
    message:
      body.message === undefined
        ? null
        : {
            thread: body.message.thread_ts ?? body.message.ts,
            isReply: (body.message.thread_ts ?? body.message.ts) !== body.message.ts,
            text: body.message.text ?? '',
            user: body.message.user ?? null,
          },
  })),
  reader(Happening, ({ event, ...body }) => {
    const sender = {
      teamId: body.team_id,
      appId: body.api_app_id,
      user: event.user ?? '',
      userTeam: body.team_id,
    }
    const isHome = event.type === 'app_home_opened' && event.user !== undefined && event.tab !== 'messages'
    return isHome ? { kind: 'home', sender } : { kind: 'ignored', sender, what: event.type }
  }),
]

const KNOWN_TYPES: readonly string[] = [
  'block_actions',
  'view_submission',
  'shortcut',
  'message_action',
  'event_callback',
]

/** Null when it is none of what Slack sends, or a field has another type than Slack gives it. */
export function readIncoming(body: unknown): Incoming | null {
  for (const read of READERS) {
    const incoming = read(body)
    if (incoming !== null) return incoming
  }
  const other = Other.safeParse(body).data
  // A known kind with a wrong field must not pass as an unknown kind.
  if (other === undefined || KNOWN_TYPES.includes(other.type)) return null
  return { kind: 'ignored', sender: senderOf({ ...other, user: other.user ?? { id: '' } }), what: other.type }
}

function reader<T>(schema: z.ZodType<T>, shape: (body: T) => Incoming): (body: unknown) => Incoming | null {
  return body => {
    const parsed = schema.safeParse(body)
    return parsed.data === undefined ? null : shape(parsed.data)
  }
}

function senderOf(body: {
  readonly team: { readonly id: string }
  readonly api_app_id: string
  readonly user: { readonly id: string; readonly team_id?: string | undefined }
}): Sender {
  return {
    teamId: body.team.id,
    appId: body.api_app_id,
    user: body.user.id,
    userTeam: body.user.team_id ?? body.team.id,
  }
}

function valuesOf(values: z.infer<typeof Submission>['view']['state']['values']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([block, inputs]) => {
      const said = Object.values(inputs).map(
        input =>
          input.value ??
          input.selected_option?.value ??
          input.selected_options?.map(option => option.value).join(',') ??
          '',
      )
      return [block, said.join(' ').trim()]
    }),
  )
}
