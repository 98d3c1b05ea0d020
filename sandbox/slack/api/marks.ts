/** pins.*, bookmarks.*, reactions.*: marks that people put on channels and messages. */
import { randomBytes } from 'node:crypto'
import type { Workspace } from '../workspace.ts'
import { APP, type Message } from '../world.ts'
import type { Args } from './args.ts'
import { ApiError } from './error.ts'
import { findChannel, findMessage, findOwnChannel } from './find.ts'
import type { Methods } from './method.ts'
import { messageShape } from './shapes.ts'

export const marks: Methods = {
  'pins.add': {
    scope: 'pins:write',
    tier: 2,
    run(args, { workspace }) {
      const { channel, ts } = target(workspace, args)
      if (workspace.pins.get(`${channel}:${ts}`) !== undefined) throw new ApiError('already_pinned')
      workspace.pins.put(`${channel}:${ts}`, { channel, ts, by: APP.user })
      workspace.changed()
      return {}
    },
  },
  'pins.remove': {
    scope: 'pins:write',
    tier: 2,
    run(args, { workspace }) {
      const { channel, ts } = target(workspace, args)
      if (!workspace.pins.drop(`${channel}:${ts}`)) throw new ApiError('no_pin')
      workspace.changed()
      return {}
    },
  },
  'pins.list': {
    scope: 'pins:read',
    tier: 2,
    run(args, { workspace }) {
      const { id } = findChannel(workspace, args)
      const items = [...workspace.pins.rows.values()].flatMap(({ channel, ts, by }) => {
        const message = channel === id ? workspace.message(channel, ts) : undefined
        if (message === undefined) return []
        return [{ type: 'message', channel, created_by: by, message: messageShape(workspace, message, false) }]
      })
      return { items }
    },
  },
  'bookmarks.add': {
    scope: 'bookmarks:write',
    tier: 2,
    run(args, { workspace }) {
      const channel = findOwnChannel(workspace, args, 'channel_id').id
      if (args.need('type') !== 'link') throw new ApiError('invalid_bookmark_type')
      const id = `Bk${randomBytes(4).toString('hex').toUpperCase()}`
      const bookmark = workspace.bookmarks.put(id, { id, channel, title: args.need('title'), link: webLink(args) })
      workspace.changed()
      return { bookmark: bookmarkShape(bookmark) }
    },
  },
  'bookmarks.edit': {
    scope: 'bookmarks:write',
    tier: 2,
    run(args, { workspace }) {
      const old = workspace.bookmarks.get(args.need('bookmark_id'))
      if (old === undefined) throw new ApiError('not_found')
      const title = args.text('title') ?? old.title
      const link = args.text('link') === undefined ? old.link : webLink(args)
      workspace.changed()
      return { bookmark: bookmarkShape(workspace.bookmarks.put(old.id, { ...old, title, link })) }
    },
  },
  'bookmarks.remove': {
    scope: 'bookmarks:write',
    tier: 2,
    run(args, { workspace }) {
      if (!workspace.bookmarks.drop(args.need('bookmark_id'))) throw new ApiError('not_found')
      workspace.changed()
      return {}
    },
  },
  'bookmarks.list': {
    scope: 'bookmarks:read',
    tier: 3,
    run(args, { workspace }) {
      const channel = findChannel(workspace, args, 'channel_id')
      const own = [...workspace.bookmarks.rows.values()].filter(one => one.channel === channel.id)
      return { bookmarks: own.map(bookmarkShape) }
    },
  },
  'reactions.add': {
    scope: 'reactions:write',
    tier: 3,
    run(args, { workspace }) {
      const message = target(workspace, args)
      const name = args.need('name')
      if (!/^[a-z0-9_'+-]+(::skin-tone-[2-6])?$/.test(name)) throw new ApiError('invalid_name')
      const users = message.reactions?.[name] ?? []
      if (users.includes(APP.user)) throw new ApiError('already_reacted')
      workspace.put({ ...message, reactions: { ...message.reactions, [name]: [...users, APP.user] } })
      return {}
    },
  },
}

function target(workspace: Workspace, args: Args): Message {
  return findMessage(workspace, findOwnChannel(workspace, args), args.text('timestamp'))
}

function webLink(args: Args): string {
  const link = args.need('link')
  if (!/^https?:\/\//.test(link)) throw new ApiError('invalid_link')
  return link
}

function bookmarkShape({ id, channel, title, link }: { id: string; channel: string; title: string; link: string }) {
  return { id, channel_id: channel, title, link, type: 'link', app_id: APP.id }
}
