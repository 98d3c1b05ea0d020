/** Finds what a call names, or refuses in Slack's words. */

import type { Workspace } from '../workspace.ts'
import { APP, type Channel, type Message, type Person } from '../world.ts'
import type { Args } from './args.ts'
import { ApiError } from './error.ts'

export function findChannel(workspace: Workspace, args: Args, name = 'channel'): Channel {
  const word = args.text(name)
  const channel = word === undefined ? undefined : workspace.channel(word)
  if (channel === undefined) throw new ApiError('channel_not_found')
  return channel
}

/** A channel that the app is in and that lives. */
export function findOwnChannel(workspace: Workspace, args: Args, name = 'channel'): Channel {
  const channel = findChannel(workspace, args, name)
  if (channel.isArchived) throw new ApiError('is_archived')
  if (!channel.members.includes(APP.user)) throw new ApiError('not_in_channel')
  return channel
}

/** Where to post: a channel, or a person, which means the app's conversation with that person. */
export function findDestination(workspace: Workspace, args: Args): Channel {
  const person = workspace.people.get(args.text('channel') ?? '')
  if (person === undefined) return findOwnChannel(workspace, args)
  if (person.isBot || person.deleted) throw new ApiError('cannot_dm_bot')
  return workspace.direct(person)
}

export function findMessage(workspace: Workspace, channel: Channel, ts: string | undefined): Message {
  const message = ts === undefined ? undefined : workspace.message(channel.id, ts)
  if (message === undefined) throw new ApiError('message_not_found')
  return message
}

export function findPerson(workspace: Workspace, id: string | undefined): Person {
  const person = id === undefined ? undefined : workspace.people.get(id)
  if (person === undefined) throw new ApiError('user_not_found')
  return person
}
