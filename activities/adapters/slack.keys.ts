/** How a message is found again: digests, because everybody in the workspace can read what goes with it. */
import { createHash } from 'node:crypto'
import type { Seen } from './slack.schema.ts'

const EVENT = 'ops_message'

/** `key` is this message's alone; `group` is shared by messages that are looked for together. */
export interface Mark {
  readonly key: string
  readonly group: string | null
}

export function metadataOf({ key, group }: Mark): Readonly<Record<string, unknown>> {
  return { event_type: EVENT, event_payload: { k: digest(key), ...(group === null ? {} : { g: digest(group) }) } }
}

/** What is left of a mark when a message has been dealt with: it is not found by its group any more. */
export function settledMetadata({ metadata }: Seen): Readonly<Record<string, unknown>> {
  return { event_type: EVENT, event_payload: { k: metadata?.event_payload.k ?? '' } }
}

export function hasKey(seen: Seen, key: string): boolean {
  return seen.metadata?.event_payload.k === digest(key)
}

export function hasGroup(seen: Seen, group: string): boolean {
  return seen.metadata?.event_payload.g === digest(group)
}

/** A UUID that is the same for the same message in the same channel: Slack drops a repetition that it still remembers. */
export function clientMessageId(key: string, channel: string): string {
  const hex = createHash('sha256').update(`${channel}\n${key}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
