/** Trigger ids: whoever has just pressed something may be shown one modal, within three seconds, once. */
import { randomBytes } from 'node:crypto'
import { ApiError } from './api/error.ts'

const LIFE_MS = 3000
const KEPT = 1000

export interface Trigger {
  readonly user: string
  /** The view in which it was pressed; only then may another one be pushed on top. */
  readonly view: string | null
}

export class Triggers {
  readonly #open = new Map<string, Trigger & { readonly at: number; used: boolean }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  issue(user: string, view: string | null = null): string {
    const id = `${this.#now()}.${Math.floor(Math.random() * 1e9)}.${randomBytes(16).toString('hex')}`
    this.#open.set(id, { user, view, at: this.#now(), used: false })
    for (const old of this.#open.keys()) {
      if (this.#open.size <= KEPT) break
      this.#open.delete(old)
    }
    return id
  }

  /** Throws Slack's own words when it is unknown, used, or too old. */
  take(id: string | undefined): Trigger {
    const trigger = id === undefined ? undefined : this.#open.get(id)
    if (trigger === undefined) throw new ApiError('invalid_trigger_id')
    if (trigger.used) throw new ApiError('exchanged_trigger_id')
    if (this.#now() - trigger.at > LIFE_MS) throw new ApiError('expired_trigger_id')
    trigger.used = true
    return trigger
  }
}
