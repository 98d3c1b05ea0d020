/** What one person sees at this moment, as data: for the page, for the rig, and for tests. */

import { fieldsOf, textOf } from './json.ts'
import type { Modals, View } from './modals.ts'
import { placesIn } from './people/entries.ts'
import type { Workspace } from './workspace.ts'
import type { Block, Channel, Ephemeral, Message, Person } from './world.ts'

/** Newest messages of a channel that a screen shows. */
const SHOWN = 200

export interface SeenMessage {
  readonly ts: string
  readonly threadTs?: string
  readonly user: string
  readonly text: string
  readonly blocks: readonly Block[]
  readonly isEphemeral: boolean
  readonly isEdited: boolean
  readonly isPinned: boolean
  /** A page that still waits for its Acknowledge. */
  readonly isRinging: boolean
  readonly reactions: Readonly<Record<string, number>>
}

export interface SeenChannel {
  readonly id: string
  readonly name: string
  readonly isIm: boolean
  readonly isArchived: boolean
  readonly topic: string
  readonly isRinging: boolean
  readonly messages: readonly SeenMessage[]
}

export interface Screen {
  readonly person: string
  readonly channels: readonly SeenChannel[]
  readonly modal: View | null
  readonly home: View | null
}

export function screenOf(workspace: Workspace, modals: Modals, person: Person): Screen {
  return {
    person: person.name,
    channels: workspace.channelsOf(person).map(channel => seenChannel(workspace, person, channel)),
    modal: modals.top(person.id) ?? null,
    home: modals.home(person.id) ?? null,
  }
}

export function seenChannel(workspace: Workspace, person: Person, channel: Channel): SeenChannel {
  const { id, name, isIm, isArchived, topic } = channel
  const own = workspace.ephemerals(person.id).filter(one => one.channel === id)
  const messages = [
    ...workspace
      .messages(id)
      .slice(-SHOWN)
      .map(message => seen(workspace, channel, message, false)),
    ...own.map(one => seen(workspace, channel, one, true)),
  ].toSorted((a, b) => Number(a.ts) - Number(b.ts))
  return { id, name, isIm, isArchived, topic, isRinging: messages.some(one => one.isRinging), messages }
}

function seen(workspace: Workspace, channel: Channel, message: Message | Ephemeral, isEphemeral: boolean): SeenMessage {
  const { ts, threadTs, text, blocks } = message
  const { edited, reactions = {} } = isEphemeral ? {} : (message as Message)
  return {
    ts,
    ...(threadTs === undefined || threadTs === ts ? {} : { threadTs }),
    user: isEphemeral ? 'U0OPSBOT' : message.user,
    text,
    blocks,
    isEphemeral,
    isEdited: edited !== undefined,
    isPinned: workspace.pins.get(`${channel.id}:${ts}`) !== undefined,
    isRinging: channel.isIm && placesIn(blocks).some(isAcknowledge),
    reactions: Object.fromEntries(Object.entries(reactions).map(([name, users]) => [name, users.length])),
  }
}

function isAcknowledge({ element }: { readonly element: Block }): boolean {
  return element.type === 'button' && /^\W*acknowledge/i.test(textOf(fieldsOf(element.text).text) ?? '')
}
