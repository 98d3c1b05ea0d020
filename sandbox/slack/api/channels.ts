/** conversations.*: making channels and changing them. An archived channel loses the app, and the app cannot undo it. */

import type { Workspace } from '../workspace.ts'
import { APP, type Channel } from '../world.ts'
import type { Args } from './args.ts'
import { ApiError } from './error.ts'
import { findChannel, findOwnChannel, findPerson } from './find.ts'
import type { Methods } from './method.ts'
import { channelShape } from './shapes.ts'

const NAME_LENGTH = 80
const TOPIC_LENGTH = 250

export const channels: Methods = {
  'conversations.create': {
    scope: 'channels:manage',
    tier: 2,
    run(args, { workspace }) {
      const name = freeName(workspace, args.text('name'))
      const id = `C0${workspace.nextTs().replace('.', '').slice(-11)}`
      const channel: Channel = {
        id,
        name,
        isIm: false,
        isPrivate: args.flag('is_private'),
        isArchived: false,
        created: Math.floor(workspace.now() / 1000),
        creator: APP.user,
        topic: '',
        purpose: '',
        members: [APP.user],
      }
      return { channel: channelShape(workspace.changeChannel(channel, {})) }
    },
  },
  'conversations.join': {
    scope: 'channels:join',
    tier: 3,
    run(args, { workspace }) {
      const channel = findChannel(workspace, args)
      if (channel.isIm || channel.isPrivate) throw new ApiError('method_not_supported_for_channel_type')
      if (channel.isArchived) throw new ApiError('is_archived')
      if (channel.members.includes(APP.user)) return { channel: channelShape(channel), warning: 'already_in_channel' }
      return {
        channel: channelShape(workspace.changeChannel(channel, { members: [...channel.members, APP.user] })),
      }
    },
  },
  'conversations.invite': {
    scope: 'channels:manage',
    tier: 3,
    run(args, { workspace }) {
      const channel = findOwnChannel(workspace, args)
      const users = args.need('users').split(',')
      for (const id of users) {
        if (id === APP.user) throw new ApiError('cant_invite_self')
        findPerson(workspace, id)
        if (channel.members.includes(id)) throw new ApiError('already_in_channel')
      }
      return { channel: channelShape(workspace.changeChannel(channel, { members: [...channel.members, ...users] })) }
    },
  },
  'conversations.kick': {
    scope: 'channels:manage',
    tier: 3,
    run(args, { workspace }) {
      const channel = findOwnChannel(workspace, args)
      const { id } = findPerson(workspace, args.text('user'))
      if (id === APP.user) throw new ApiError('cant_kick_self')
      if (!channel.members.includes(id)) throw new ApiError('not_in_channel')
      workspace.changeChannel(channel, { members: channel.members.filter(member => member !== id) })
      return {}
    },
  },
  'conversations.archive': {
    scope: 'channels:manage',
    tier: 2,
    run(args, { workspace }) {
      const channel = findChannel(workspace, args)
      if (channel.isIm) throw new ApiError('method_not_supported_for_channel_type')
      if (channel.isArchived) throw new ApiError('already_archived')
      if (!channel.members.includes(APP.user)) throw new ApiError('not_in_channel')
      archive(workspace, channel)
      return {}
    },
  },
  'conversations.unarchive': {
    scope: 'channels:manage',
    tier: 2,
    run(args, { workspace }) {
      if (!findChannel(workspace, args).isArchived) throw new ApiError('not_archived')
      throw new ApiError('not_in_channel')
    },
  },
  'conversations.rename': {
    scope: 'channels:manage',
    tier: 2,
    run(args, { workspace }) {
      const channel = findOwnChannel(workspace, args)
      return {
        channel: channelShape(workspace.changeChannel(channel, { name: freeName(workspace, args.text('name')) })),
      }
    },
  },
  'conversations.setTopic': {
    scope: 'channels:manage',
    tier: 2,
    run(args, { workspace }) {
      const channel = findOwnChannel(workspace, args)
      return { channel: channelShape(workspace.changeChannel(channel, { topic: shortText(args, 'topic') })) }
    },
  },
  'conversations.setPurpose': {
    scope: 'channels:manage',
    tier: 2,
    run(args, { workspace }) {
      const purpose = shortText(args, 'purpose')
      workspace.changeChannel(findOwnChannel(workspace, args), { purpose })
      return { purpose }
    },
  },
}

export function archive(workspace: Workspace, channel: Channel): void {
  workspace.changeChannel(channel, { isArchived: true, members: channel.members.filter(id => id !== APP.user) })
}

function freeName(workspace: Workspace, name: string | undefined): string {
  if (name === undefined) throw new ApiError('invalid_name_required')
  if (name.length > NAME_LENGTH) throw new ApiError('invalid_name_maxlength')
  if (/^[-_]+$/.test(name)) throw new ApiError('invalid_name_punctuation')
  if (!/^[a-z0-9_-]+$/.test(name)) throw new ApiError('invalid_name_specials')
  if (workspace.channel(name) !== undefined) throw new ApiError('name_taken')
  return name
}

function shortText(args: Args, name: string): string {
  const text = args.text(name) ?? ''
  if (text.length > TOPIC_LENGTH) throw new ApiError('too_long')
  return text
}
