/** chat.*: posting, editing and deleting as the app. */
import { checkMessageBlocks, withBlockIds } from '../block-kit/check.ts'
import { fieldsOf } from '../json.ts'
import { APP, type Channel, type Message } from '../world.ts'
import type { Args } from './args.ts'
import { ApiError } from './error.ts'
import { findChannel, findDestination, findMessage, findOwnChannel, findPerson } from './find.ts'
import type { Methods, Parts } from './method.ts'
import { messageShape } from './shapes.ts'

/** Characters after which a new message's text is cut, with a warning. */
const CUT_AT = 40_000
/** Bytes of a message's metadata. */
const METADATA_BYTES = 16_000

export const chat: Methods = {
  'chat.postMessage': { scope: 'chat:write', tier: 'posting', run: post },
  'chat.update': { scope: 'chat:write', tier: 3, run: update },
  'chat.delete': {
    scope: 'chat:write',
    tier: 3,
    run(args, { workspace }) {
      const channel = findChannel(workspace, args)
      const message = findMessage(workspace, channel, args.text('ts'))
      if (message.user !== APP.user) throw new ApiError('cant_delete_message')
      workspace.drop(message)
      return { channel: channel.id, ts: message.ts }
    },
  },
  'chat.postEphemeral': {
    scope: 'chat:write',
    tier: 4,
    run(args, { workspace }) {
      const channel = findOwnChannel(workspace, args)
      const user = findPerson(workspace, args.text('user'))
      if (!channel.members.includes(user.id)) throw new ApiError('user_not_in_channel')
      const { text, blocks } = contentOf(args)
      const ts = workspace.nextTs()
      workspace.putEphemeral({ channel: channel.id, ts, user: user.id, text, blocks, ...threadOf(args) })
      return { message_ts: ts }
    },
  },
  'chat.getPermalink': {
    scope: null,
    tier: 'unlimited',
    run(args, { workspace, url }) {
      const channel = findChannel(workspace, args)
      const { ts } = findMessage(workspace, channel, args.text('message_ts'))
      return { channel: channel.id, permalink: `${url()}/archives/${channel.id}/p${ts.replace('.', '')}` }
    },
  },
}

function post(args: Args, { workspace, switches }: Parts): Readonly<Record<string, unknown>> {
  const channel = findDestination(workspace, args)
  const clientMsgId = args.text('client_msg_id')
  if (switches.dedupe && clientMsgId !== undefined) {
    const first = workspace.messages(channel.id).find(message => message.clientMsgId === clientMsgId)
    if (first !== undefined) return posted(first, false)
  }
  const { text, blocks } = contentOf(args)
  const thread = threadOf(args)
  if (thread.threadTs !== undefined && workspace.message(channel.id, thread.threadTs) === undefined)
    throw new ApiError('thread_not_found')
  const metadata = metadataOf(args)
  const message = workspace.put({
    channel: channel.id,
    ts: workspace.nextTs(),
    user: APP.user,
    text: text.slice(0, CUT_AT),
    blocks,
    ...thread,
    ...(metadata === undefined ? {} : { metadata }),
    ...(clientMsgId === undefined ? {} : { clientMsgId }),
    ...(thread.threadTs !== undefined && args.flag('reply_broadcast') ? { broadcast: true } : {}),
  })
  return posted(message, text.length > CUT_AT)

  function posted(message: Message, isCut: boolean): Readonly<Record<string, unknown>> {
    return {
      channel: channel.id,
      ts: message.ts,
      message: messageShape(workspace, message, true),
      ...(isCut ? { warning: 'message_truncated', response_metadata: { warnings: ['message_truncated'] } } : {}),
    }
  }
}

/** Text alone takes the blocks away; blocks leave no mark of an edit; metadata stays when none is given. */
function update(args: Args, { workspace }: Parts): Readonly<Record<string, unknown>> {
  const channel: Channel = findChannel(workspace, args)
  if (channel.isArchived) throw new ApiError('is_archived')
  const old = findMessage(workspace, channel, args.need('ts'))
  if (old.user !== APP.user) throw new ApiError('cant_update_message')
  const { text, blocks } = contentOf(args)
  if (text.length > CUT_AT) throw new ApiError('msg_too_long')
  const { edited: _, metadata: oldMetadata, ...kept } = old
  const metadata = metadataOf(args) ?? oldMetadata
  const message = workspace.put({
    ...kept,
    text,
    blocks,
    ...(metadata === undefined ? {} : { metadata }),
    ...(blocks.length === 0 ? { edited: workspace.nextTs() } : {}),
  })
  return { channel: channel.id, ts: message.ts, text, message: messageShape(workspace, message, true) }
}

function contentOf(args: Args): Pick<Message, 'text' | 'blocks'> {
  const text = args.text('text') ?? ''
  const blocks = args.list('blocks', 'invalid_blocks_format') ?? []
  if (text.trim() === '' && blocks.length === 0) throw new ApiError('no_text')
  const attachments = args.list('attachments', 'invalid_attachments') ?? []
  if (attachments.length > 100) throw new ApiError('too_many_attachments')
  checkMessageBlocks(blocks)
  return { text, blocks: withBlockIds(blocks) }
}

function threadOf(args: Args): Pick<Message, 'threadTs'> {
  const threadTs = args.text('thread_ts')
  return threadTs === undefined ? {} : { threadTs }
}

function metadataOf(args: Args): Readonly<Record<string, unknown>> | undefined {
  const metadata = args.fields('metadata', 'invalid_metadata_format')
  if (metadata === undefined) return undefined
  if (typeof metadata.event_type !== 'string' || typeof metadata.event_payload !== 'object')
    throw new ApiError('invalid_metadata_schema')
  if (Buffer.byteLength(JSON.stringify(fieldsOf(metadata))) > METADATA_BYTES) throw new ApiError('metadata_too_large')
  return metadata
}
