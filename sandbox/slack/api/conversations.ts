/** conversations.*: reading channels, and what is said in them. */

import type { Workspace } from '../workspace.ts'
import { APP, type Channel, type Message } from '../world.ts'
import type { Args } from './args.ts'
import { ApiError } from './error.ts'
import { findChannel, findPerson } from './find.ts'
import type { Method, Methods, Parts } from './method.ts'
import { channelShape, messageShape } from './shapes.ts'

export const conversations: Methods = {
  'conversations.info': {
    scope: 'channels:read',
    tier: 3,
    run: (args, { workspace }) => ({ channel: channelShape(findChannel(workspace, args)) }),
  },
  'conversations.list': {
    scope: 'channels:read',
    tier: 2,
    run(args, { workspace }) {
      const types = (args.text('types') ?? 'public_channel').split(',')
      const channels = [...workspace.channels.rows.values()]
        .filter(channel => types.includes(typeOf(channel)))
        .filter(channel => !(args.flag('exclude_archived') && channel.isArchived))
        .filter(channel => !channel.isPrivate || channel.members.includes(APP.user))
      return { channels: channels.map(channelShape), response_metadata: { next_cursor: '' } }
    },
  },
  'conversations.members': {
    scope: 'channels:read',
    tier: 4,
    run: (args, { workspace }) => ({
      members: findChannel(workspace, args).members,
      response_metadata: { next_cursor: '' },
    }),
  },
  'conversations.open': {
    scope: 'im:write',
    tier: 3,
    run(args, { workspace }) {
      const users = args.need('users').split(',')
      if (users.length > 1) throw new ApiError('too_many_users')
      const person = findPerson(workspace, users[0])
      if (person.isBot) throw new ApiError('cannot_dm_bot')
      if (person.deleted) throw new ApiError('user_disabled')
      const channel = workspace.direct(person)
      return { channel: args.flag('return_im') ? channelShape(channel) : { id: channel.id } }
    },
  },
  'conversations.history': readMessages((_, workspace, channel) =>
    workspace
      .messages(channel.id)
      .filter(({ ts, threadTs, broadcast }) => threadTs === undefined || threadTs === ts || broadcast === true)
      .toReversed(),
  ),
  'conversations.replies': readMessages((args, workspace, channel) => {
    const root = args.need('ts')
    const thread = workspace.messages(channel.id).filter(({ ts, threadTs }) => ts === root || threadTs === root)
    if (thread.length === 0) throw new ApiError('thread_not_found')
    return thread
  }),
}

type Reading = (args: Args, workspace: Workspace, channel: Channel) => readonly Message[]

function readMessages(read: Reading): Method {
  return {
    scope: 'channels:history',
    tier: 3,
    run(args, parts) {
      const { workspace } = parts
      const channel = findChannel(workspace, args)
      if (!channel.members.includes(APP.user)) throw new ApiError('not_in_channel')
      const found = read(args, workspace, channel).filter(
        message => isWithin(args, message) && isVisible(parts, message),
      )
      const start = Number(args.text('cursor')?.replace(/^next:/, '') ?? 0)
      if (!Number.isInteger(start)) throw new ApiError('invalid_cursor')
      const end = start + args.whole('limit', 100, 999)
      const hasMore = end < found.length
      const withMetadata = args.flag('include_all_metadata')
      return {
        messages: found.slice(start, end).map(message => messageShape(workspace, message, withMetadata)),
        has_more: hasMore,
        response_metadata: { next_cursor: hasMore ? `next:${end}` : '' },
      }
    },
  }
}

function isWithin(args: Args, { ts }: Message): boolean {
  const at = Number(ts)
  const oldest = Number(args.text('oldest') ?? 0)
  const latest = Number(args.text('latest') ?? Number.POSITIVE_INFINITY)
  return args.flag('inclusive') ? at >= oldest && at <= latest : at > oldest && at < latest
}

function isVisible({ workspace, switches }: Parts, { ts }: Message): boolean {
  return Number(ts) * 1000 <= workspace.now() - switches.readLagMs || switches.readLagMs === 0
}

function typeOf({ isIm, isPrivate }: Channel): string {
  if (isIm) return 'im'
  return isPrivate ? 'private_channel' : 'public_channel'
}
