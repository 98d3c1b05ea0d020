/** People, channels and messages as the Web API and the payloads spell them. */

import type { Workspace } from '../workspace.ts'
import { APP, type Channel, type Message, type Person, TEAM } from '../world.ts'

export type Shape = Readonly<Record<string, unknown>>

export function userShape(person: Person, withEmail: boolean): Shape {
  return {
    id: person.id,
    team_id: person.teamId,
    name: person.name,
    deleted: person.deleted,
    real_name: person.realName,
    tz: 'Etc/UTC',
    tz_offset: 0,
    profile: {
      real_name: person.realName,
      display_name: person.name,
      team: person.teamId,
      ...(person.isBot ? { bot_id: person.id === APP.user ? APP.bot : 'B0OTHER', api_app_id: APP.id } : {}),
      ...(withEmail && person.email !== '' ? { email: person.email } : {}),
    },
    is_admin: false,
    is_owner: false,
    is_restricted: person.isRestricted,
    is_ultra_restricted: false,
    is_bot: person.isBot,
    is_app_user: false,
    ...(person.teamId === TEAM.id ? {} : { is_stranger: true }),
    updated: 0,
  }
}

export function channelShape(channel: Channel): Shape {
  if (channel.isIm)
    return {
      id: channel.id,
      created: channel.created,
      is_im: true,
      is_org_shared: false,
      is_archived: channel.isArchived,
      user: channel.members.find(id => id !== APP.user),
    }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.isPrivate,
    is_archived: channel.isArchived,
    is_general: false,
    is_member: channel.members.includes(APP.user),
    created: channel.created,
    creator: channel.creator,
    context_team_id: TEAM.id,
    topic: { value: channel.topic, creator: channel.topic === '' ? '' : APP.user, last_set: 0 },
    purpose: { value: channel.purpose, creator: channel.creator, last_set: 0 },
    num_members: channel.members.length,
  }
}

export function messageShape(workspace: Workspace, message: Message, withMetadata: boolean): Shape {
  const { ts, user, text, blocks, threadTs, metadata, edited, clientMsgId, reactions } = message
  const isApp = user === APP.user
  const replies = workspace.messages(message.channel).filter(one => one.threadTs === ts && one.ts !== ts)
  return {
    type: 'message',
    user,
    ts,
    text,
    team: workspace.people.get(user)?.teamId ?? TEAM.id,
    ...(isApp ? { bot_id: APP.bot, app_id: APP.id, bot_profile: { id: APP.bot, app_id: APP.id, name: APP.name } } : {}),
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(replies.length > 0 ? { thread_ts: ts, reply_count: replies.length, latest_reply: replies.at(-1)?.ts } : {}),
    ...(clientMsgId === undefined ? {} : { client_msg_id: clientMsgId }),
    ...(edited === undefined ? {} : { edited: { user, ts: edited } }),
    ...(withMetadata && metadata !== undefined ? { metadata } : {}),
    ...(reactions === undefined
      ? {}
      : { reactions: Object.entries(reactions).map(([name, users]) => ({ name, users, count: users.length })) }),
  }
}
