/** The workspace's state: who and what there is, every message, and word of each change for the pages that show it. */
import { EventEmitter } from 'node:events'
import { type Journal, openJournal, type Table } from './journal.ts'
import {
  APP,
  type Channel,
  channelsOf,
  type Ephemeral,
  GROUPS,
  type Group,
  type Message,
  PEOPLE,
  type Person,
  TEAM,
} from './world.ts'

const KEPT_EPHEMERALS = 100

export interface WorkspaceOptions {
  /** Where it is kept; without it nothing survives. */
  readonly folder?: string
  /** Replace those of the sandbox team with the same id, or come in addition. */
  readonly people?: readonly Person[]
  /** Milliseconds. */
  readonly now: () => number
}

export class Workspace {
  readonly people: Table<Person>
  readonly groups: Table<Group>
  readonly channels: Table<Channel>
  readonly pins: Table<Readonly<{ channel: string; ts: string; by: string }>>
  readonly bookmarks: Table<Readonly<{ id: string; channel: string; title: string; link: string }>>
  readonly homes: Table<unknown>
  readonly now: () => number
  readonly #messages: Table<Message>
  /** In the order of their ts: it only grows. */
  readonly #byChannel = new Map<string, Map<string, Message>>()
  readonly #ephemerals = new Map<string, Ephemeral[]>()
  readonly #changes = new EventEmitter()
  readonly #journal: Journal
  #lastMicros = 0

  constructor({ folder, people = [], now }: WorkspaceOptions) {
    const journal = openJournal(folder)
    this.#journal = journal
    this.now = now
    this.people = journal.table('people')
    this.groups = journal.table('groups')
    this.channels = journal.table('channels')
    this.pins = journal.table('pins')
    this.bookmarks = journal.table('bookmarks')
    this.homes = journal.table('homes')
    this.#messages = journal.table('messages')
    for (const message of this.#messages.rows.values()) this.#index(message)
    this.#populate(people)
    this.#changes.setMaxListeners(0)
  }

  #populate(given: readonly Person[]): void {
    for (const one of PEOPLE) if (this.people.get(one.id) === undefined) this.people.put(one.id, one)
    for (const one of given) this.people.put(one.id, one)
    for (const group of GROUPS) if (this.groups.get(group.id) === undefined) this.groups.put(group.id, group)
    const created = Math.floor(this.now() / 1000)
    for (const channel of channelsOf([...this.people.rows.values()], created))
      if (this.channels.get(channel.id) === undefined) this.channels.put(channel.id, channel)
  }

  /** By id, by short name, or undefined. */
  person(word: string): Person | undefined {
    return this.people.get(word) ?? [...this.people.rows.values()].find(({ name }) => name === word)
  }

  /** By id, by name, by #name. */
  channel(word: string): Channel | undefined {
    const name = word.replace(/^#/, '')
    return this.channels.get(word) ?? [...this.channels.rows.values()].find(one => !one.isIm && one.name === name)
  }

  changeChannel(channel: Channel, change: Partial<Channel>): Channel {
    const changed = this.channels.put(channel.id, { ...channel, ...change })
    this.changed()
    return changed
  }

  /** The conversation of one person with the app; begun when it is first needed. */
  direct(person: Person): Channel {
    const id = person.id.replace(/^./, 'D')
    return (
      this.channels.get(id) ??
      this.channels.put(id, {
        id,
        name: person.name,
        isIm: true,
        isPrivate: true,
        isArchived: false,
        created: Math.floor(this.now() / 1000),
        creator: APP.user,
        topic: '',
        purpose: '',
        members: [APP.user, person.id],
      })
    )
  }

  channelsOf(person: Person): readonly Channel[] {
    return [...this.channels.rows.values()].filter(({ members }) => members.includes(person.id))
  }

  /** Unix time in seconds with six decimals, unique and growing also when the clock does not. */
  nextTs(): string {
    this.#lastMicros = Math.max(this.#lastMicros + 1, this.now() * 1000)
    const micros = Math.floor(this.#lastMicros)
    return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`
  }

  message(channel: string, ts: string): Message | undefined {
    return this.#byChannel.get(channel)?.get(ts)
  }

  /** Oldest first, replies among them. */
  messages(channel: string): readonly Message[] {
    return [...(this.#byChannel.get(channel)?.values() ?? [])]
  }

  put(message: Message): Message {
    this.#messages.put(`${message.channel}:${message.ts}`, message)
    this.#index(message)
    this.changed()
    return message
  }

  drop({ channel, ts }: Message): void {
    this.#messages.drop(`${channel}:${ts}`)
    this.#byChannel.get(channel)?.delete(ts)
    this.changed()
  }

  #index(message: Message): void {
    const channel = this.#byChannel.get(message.channel) ?? new Map<string, Message>()
    this.#byChannel.set(message.channel, channel)
    channel.set(message.ts, message)
    this.#lastMicros = Math.max(this.#lastMicros, Number(message.ts.replace('.', '')))
  }

  ephemerals(user: string): readonly Ephemeral[] {
    return this.#ephemerals.get(user) ?? []
  }

  putEphemeral(one: Ephemeral): Ephemeral {
    const others = this.ephemerals(one.user)
    const at = others.findIndex(({ ts }) => ts === one.ts)
    const list = at < 0 ? [...others, one] : others.with(at, one)
    this.#ephemerals.set(one.user, list.slice(-KEPT_EPHEMERALS))
    this.changed()
    return one
  }

  dropEphemeral(user: string, ts: string): void {
    this.#ephemerals.set(
      user,
      this.ephemerals(user).filter(one => one.ts !== ts),
    )
    this.changed()
  }

  changed(): void {
    this.#changes.emit('change')
  }

  /** Calls back after every change; answers with the way to stop. */
  watch(listener: () => void): () => void {
    this.#changes.on('change', listener)
    return () => this.#changes.off('change', listener)
  }

  close(): void {
    this.#journal.close()
  }
}

export function isOurs(person: Person): boolean {
  return person.teamId === TEAM.id
}
