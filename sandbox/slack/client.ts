/** Acts as one of the sandbox's people through the stand-in's own door: for the rig, tests and benches. */
import type { Seen } from './admin.ts'
import type { Fault } from './faults.ts'
import { fieldsOf, listOf, textOf } from './json.ts'
import type { Entries } from './people/entries.ts'
import type { Screen, SeenMessage } from './screen.ts'

export interface StandIn {
  /** http://ADDRESS:PORT */
  readonly url: string
  /** The bot's token. */
  readonly token: string
}

export interface PressOptions {
  readonly channel?: string
  readonly ts?: string
  readonly blockId?: string
  readonly viewId?: string
  /** Whether the person confirms what the element asks to confirm; yes without it. */
  readonly confirm?: boolean
  readonly entries?: Entries
  /** The value of a button that the message no longer has. */
  readonly stale?: string
}

/** A command or a message, in #incidents unless said otherwise (`app` is the conversation with the app). */
export async function say(standIn: StandIn, person: string, text: string, channel?: string): Promise<Seen> {
  return (await admin(standIn, 'say', { person, text, channel })) as Seen
}

/** An element by its action_id or by what is written on it; the newest one that the person sees. */
export async function press(
  standIn: StandIn,
  person: string,
  action: string,
  options: PressOptions = {},
): Promise<Seen> {
  return (await admin(standIn, 'press', { person, action, ...options })) as Seen
}

/** The person's open modal, with entries by block_id or action_id. */
export async function submit(standIn: StandIn, person: string, entries: Entries): Promise<Seen> {
  return (await admin(standIn, 'submit', { person, entries })) as Seen
}

export async function screen(standIn: StandIn, person: string): Promise<Screen> {
  return (await admin(standIn, 'screen', { person })) as Screen
}

/** Orders a fault for the next calls of a method (`*`: of any). Deliveries have no method. */
export async function order(
  standIn: StandIn,
  fault: Fault,
  { method = '*', times = 1 }: { readonly method?: string; readonly times?: number | 'always' } = {},
): Promise<void> {
  await admin(standIn, 'fault', { fault, method, times })
}

/** Any verb of admin.ts. Throws with the stand-in's own words when it refuses. */
export async function admin(standIn: StandIn, verb: string, body: object = {}): Promise<unknown> {
  const response = await fetch(`${standIn.url}/admin/${verb}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(textOf(fieldsOf(answer).error) ?? `the stand-in answered ${response.status}`)
  return answer
}

/**
 * What a person at a terminal types after `slack`: `/ops …` or a message; `press LABEL`; `submit name=value …`; `look`.
 * Answers with what the person then sees, as text.
 */
export async function typed(standIn: StandIn, person: string, words: string): Promise<string> {
  const [, verb = '', rest = ''] = /^(press|submit|look)\b\s*([\s\S]*)$/.exec(words.trim()) ?? []
  if (verb === 'look') return inWords(await screen(standIn, person))
  const before = newest(await screen(standIn, person))
  const seen = await act()
  return [seen.says, inWords(seen.screen, before)].filter(text => text !== '').join('\n')

  async function act(): Promise<Seen> {
    if (verb === 'press') return await press(standIn, person, rest)
    if (verb === 'submit') return await submit(standIn, person, entriesIn(rest))
    return await say(standIn, person, words)
  }
}

/** `name=value`, with quotes around a value that has spaces. */
function entriesIn(text: string): Entries {
  const pairs = [...text.matchAll(/([^\s=]+)=(?:"([^"]*)"|(\S*))/g)]
  return Object.fromEntries(pairs.map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]))
}

/** Everything newer than a ts, and the open modal. */
export function inWords({ channels, modal }: Screen, after = 0): string {
  const lines = channels.flatMap(({ name, isIm, messages }) =>
    messages
      .filter(({ ts }) => Number(ts) > after)
      .map(message => `${isIm ? 'app' : `#${name}`}: ${message.isEphemeral ? '(only you) ' : ''}${wordsOf(message)}`),
  )
  if (modal === null) return lines.join('\n')
  const title = textOf(fieldsOf(modal.given.title).text) ?? ''
  const inputs = modal.blocks.filter(block => block.type === 'input').map(block => String(block.block_id))
  return [...lines, `[${title}] waits for: submit ${inputs.map(id => `${id}=…`).join(' ')}`].join('\n')
}

function wordsOf({ text, blocks }: SeenMessage): string {
  const buttons = blocks
    .flatMap(block => [block.accessory, ...listOf(block.elements)])
    .map(element => fieldsOf(element))
    .filter(({ type }) => type === 'button')
    .map(element => `[${textOf(fieldsOf(element.text).text)}]`)
  return [text, ...buttons].join(' ')
}

function newest({ channels }: Screen): number {
  return Math.max(0, ...channels.flatMap(({ messages }) => messages.map(({ ts }) => Number(ts))))
}
