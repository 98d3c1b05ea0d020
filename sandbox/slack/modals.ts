/** Views: the stack of modals that each person has open, at most three deep, and each person's home of the app. */
import { randomBytes } from 'node:crypto'
import { ApiError } from './api/error.ts'
import { withBlockIds } from './block-kit/check.ts'
import { type Fields, textOf } from './json.ts'
import type { Workspace } from './workspace.ts'
import { APP, type Block, TEAM } from './world.ts'

const DEPTH = 3

export interface View {
  readonly id: string
  readonly user: string
  readonly type: 'modal' | 'home'
  readonly blocks: readonly Block[]
  /** Title, submit, close, callback_id and the rest, as the app gave them. */
  readonly given: Fields
  readonly hash: string
  readonly root: string | null
  readonly previous: string | null
  /** What the person reads under an input, by block_id; '' is for the whole view. */
  readonly errors: Readonly<Record<string, string>>
  /** What the person has entered, as the page or the rig gave it, by block_id. */
  readonly entered: Readonly<Record<string, Entered>>
}

export type Entered = string | readonly string[]

export class Modals {
  readonly #stacks = new Map<string, readonly View[]>()
  readonly #workspace: Workspace
  #serial = 0

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  /** The uppermost one last. */
  stack(user: string): readonly View[] {
    return this.#stacks.get(user) ?? []
  }

  top(user: string): View | undefined {
    return this.stack(user).at(-1)
  }

  /** Takes the place of whatever the person had open. */
  open(user: string, given: Fields): View {
    const view = this.#make(user, 'modal', given, null)
    this.#set(user, [view])
    return view
  }

  push(user: string, given: Fields): View {
    const stack = this.stack(user)
    const below = stack.at(-1)
    if (below === undefined) throw new ApiError('not_found')
    if (stack.length >= DEPTH) throw new ApiError('push_limit_reached')
    const view = this.#make(user, 'modal', given, below)
    this.#set(user, [...stack, view])
    return view
  }

  /** Another content under the same id. What was typed stays where the block and its element are the same. */
  replace(old: View, given: Fields): View {
    this.#refuseDuplicate(given, old.id)
    const view: View = {
      ...old,
      given,
      blocks: withBlockIds(given.blocks as readonly unknown[]),
      hash: this.#hash(),
      errors: {},
    }
    this.#put(old.id, view)
    return view
  }

  /** Errors under inputs, and what was typed. */
  note(old: View, change: Pick<View, 'errors' | 'entered'>): void {
    this.#put(old.id, { ...old, ...change })
  }

  close(user: string): void {
    this.#set(user, this.stack(user).slice(0, -1))
  }

  clear(user: string): void {
    this.#set(user, [])
  }

  find(id: string | undefined, externalId: string | undefined): View | undefined {
    return this.#all().find(
      view => view.id === id || (externalId !== undefined && view.given.external_id === externalId),
    )
  }

  home(user: string): View | undefined {
    return this.#workspace.homes.get(user) as View | undefined
  }

  publish(user: string, given: Fields): View {
    const view = this.#make(user, 'home', given, null)
    this.#workspace.homes.put(user, view)
    this.#workspace.changed()
    return view
  }

  #make(user: string, type: View['type'], given: Fields, below: View | null): View {
    this.#refuseDuplicate(given, undefined)
    this.#serial += 1
    const id = `V0${this.#serial}${randomBytes(4).toString('hex').toUpperCase()}`
    return {
      id,
      user,
      type,
      blocks: withBlockIds(given.blocks as readonly unknown[]),
      given,
      hash: this.#hash(),
      root: below?.root ?? id,
      previous: below?.id ?? null,
      errors: {},
      entered: {},
    }
  }

  #refuseDuplicate(given: Fields, own: string | undefined): void {
    const externalId = textOf(given.external_id) ?? ''
    if (externalId !== '' && this.#all().some(view => view.given.external_id === externalId && view.id !== own))
      throw new ApiError('duplicate_external_id')
  }

  #all(): readonly View[] {
    return [...this.#stacks.values()].flat()
  }

  #put(id: string, view: View): void {
    this.#set(
      view.user,
      this.stack(view.user).map(one => (one.id === id ? view : one)),
    )
  }

  #set(user: string, stack: readonly View[]): void {
    this.#stacks.set(user, stack)
    this.#workspace.changed()
  }

  #hash(): string {
    return `${Math.floor(this.#workspace.now() / 1000)}.${randomBytes(4).toString('hex')}`
  }
}

/** As answers and payloads spell it. */
export function viewShape(view: View, values: Fields = {}): Fields {
  const { given } = view
  return {
    id: view.id,
    team_id: TEAM.id,
    type: view.type,
    blocks: view.blocks,
    private_metadata: given.private_metadata ?? '',
    callback_id: given.callback_id ?? '',
    state: { values },
    hash: view.hash,
    title: given.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
    submit: given.submit ?? null,
    close: given.close ?? null,
    clear_on_close: given.clear_on_close === true,
    notify_on_close: given.notify_on_close === true,
    root_view_id: view.root,
    previous_view_id: view.previous,
    app_id: APP.id,
    app_installed_team_id: TEAM.id,
    external_id: given.external_id ?? '',
    bot_id: APP.bot,
  }
}
