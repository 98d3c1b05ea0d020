/**
 * Slack's Web API. Nothing is retried here: whoever calls decides, by the kind of trouble. What is posted carries a mark, by
 * which a second try finds the message of a first one whose answer was lost. Every call waits for its turn, and a message is
 * drawn only then, so that it shows the present.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import type { z } from 'zod'
import type { ChatMessage } from '../../domain/chat/chat.ts'
import type { CardPlace } from '../../domain/incident/incident.ts'
import { isTrouble, SlackTrouble, slackTrouble } from './slack.errors.ts'
import { clientMessageId, hasGroup, hasKey, type Mark, metadataOf, settledMetadata } from './slack.keys.ts'
import type { Patience, SlackPace } from './slack.pace.ts'
import { history, opened, posted, type Seen } from './slack.schema.ts'

export interface SlackSettings {
  readonly token: string
  /** Base address of the Web API; Slack's own when absent. */
  readonly apiUrl?: string
  /** The one of this process. */
  readonly pace: SlackPace
  /** Told when a message had to be sent as plain text. */
  readonly report: (line: string) => void
  /** For one call. */
  readonly timeoutMs?: number
  /** After a lost answer, until what was posted can be read. */
  readonly settleMs?: number
}

export type Draw = () => Promise<ChatMessage>

export interface Posting extends Mark {
  /** Id of a channel or of a direct conversation. */
  readonly channel: string
  readonly thread: string | null
  /** Shown in the channel as well as in the thread. */
  readonly isBroadcast?: boolean
  readonly draw: Draw
  /** Whether an earlier message of this key is looked for: never, at once, or after what may be on its way has arrived. */
  readonly look: 'never' | 'at-once' | 'after-settling'
  /** ISO time before which it cannot have been posted. */
  readonly since: string
}

/** A message that carries the mark of its group. */
export interface Found {
  readonly place: CardPlace
  readonly seen: Seen
}

/** All of these throw SlackTrouble, or what `draw` throws. */
export interface Slack {
  /** Posts, or finds what an earlier try has posted. */
  postOnce(posting: Posting, patience: Patience): Promise<CardPlace>
  edit(place: CardPlace, draw: Draw, patience: Patience): Promise<void>
  /** Edits a message for the last time: it is not found by its group afterwards. */
  settle(found: Found, draw: Draw, patience: Patience): Promise<void>
  /** The conversation with one person. */
  openDm(user: string, patience: Patience): Promise<string>
  findGroup(channel: string, group: string, since: string, patience: Patience): Promise<readonly Found[]>
}

const TIMEOUT_MS = 10_000
const SETTLE_MS = 1_500
const PAGE = 100
const PAGES = 10
/** `since` is of our clock, and the times of messages are of Slack's. Twice of what the door forgives. */
const CLOCKS_DIFFER_MS = 10 * 60_000

/** Names in text never become mentions, and links no previews. */
const AS_WRITTEN = { parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false } as const

export function createSlack(settings: SlackSettings): Slack {
  const { token, apiUrl, pace, report, timeoutMs = TIMEOUT_MS, settleMs = SETTLE_MS } = settings
  const client = new WebClient(token, {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    allowAbsoluteUrls: false,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logger: SILENT,
  })
  const conversations = new Map<string, string>()

  /** A call when it is its turn. A limit holds for the whole method, whoever ran into it. */
  async function call(method: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    try {
      return await client.apiCall(method, args)
    } catch (error) {
      const trouble = slackTrouble(error, method, timeoutMs)
      if (trouble.kind === 'limited') pace.limited(method, trouble.retryAfterMs ?? settleMs)
      throw trouble
    }
  }

  /** Slack refuses a whole message for one block; its words still have to arrive. */
  async function send(method: string, args: Arguments, { text, blocks }: ChatMessage, turn: () => Promise<void>) {
    try {
      const drawn = blocks.length === 0 ? {} : { blocks }
      return await call(method, { ...AS_WRITTEN, ...args, text, ...drawn })
    } catch (error) {
      if (!isTrouble(error, 'malformed') || blocks.length === 0) throw error
      report(`sent as plain text: ${error.message}`)
      await turn()
      return await call(method, { ...AS_WRITTEN, ...args, text })
    }
  }

  /** Newest first in a channel, oldest first in a thread; no more pages than a busy day has. */
  async function* messages({ channel, thread, since }: Place, patience: Patience): AsyncGenerator<Seen> {
    const method = thread === null ? 'conversations.history' : 'conversations.replies'
    const oldest = String((Date.parse(since) - CLOCKS_DIFFER_MS) / 1_000)
    let cursor = ''
    for (let page = 0; page < PAGES; page += 1) {
      await pace.turn({ method, channel: null }, channel, patience)
      const answer = await call(method, {
        channel,
        oldest,
        limit: PAGE,
        include_all_metadata: true,
        ...(thread === null ? {} : { ts: thread }),
        ...(cursor === '' ? {} : { cursor }),
      })
      const { messages: found, response_metadata } = read(history, answer, method)
      yield* found
      cursor = response_metadata?.next_cursor ?? ''
      if (cursor === '') return
    }
  }

  async function findKey({ key, channel, thread, since }: Posting, patience: Patience): Promise<CardPlace | null> {
    try {
      for await (const seen of messages({ channel, thread, since }, patience)) {
        if (hasKey(seen, key)) return { channel, ts: seen.ts }
      }
    } catch (error) {
      // Without the right to read, or the thread that is gone: a second message is better than none.
      if (!isTrouble(error, 'gone') && !(isTrouble(error, 'workspace') && error.code === 'missing_scope')) throw error
    }
    return null
  }

  async function editWith(args: Arguments, name: string, draw: Draw, patience: Patience): Promise<void> {
    const turn = () => pace.turn({ method: 'chat.update', channel: null }, name, patience)
    await turn()
    await send('chat.update', args, await draw(), turn)
  }

  return {
    async postOnce(posting, patience) {
      const { key, channel, thread, isBroadcast = false, draw, look } = posting
      if (look === 'after-settling') await rest(settleMs, patience)
      const earlier = look === 'never' ? null : await findKey(posting, patience)
      if (earlier !== null) return earlier
      const turn = () => pace.turn({ method: 'chat.postMessage', channel }, key, patience)
      await turn()
      const args = {
        channel,
        client_msg_id: clientMessageId(key, channel),
        metadata: metadataOf(posting),
        ...(thread === null ? {} : { thread_ts: thread, reply_broadcast: isBroadcast }),
      }
      const place = read(posted, await send('chat.postMessage', args, await draw(), turn), 'chat.postMessage')
      return { channel: place.channel, ts: place.ts }
    },

    async edit({ channel, ts }, draw, patience) {
      await editWith({ channel, ts }, `${channel} ${ts}`, draw, patience)
    },

    async settle({ place: { channel, ts }, seen }, draw, patience) {
      await editWith({ channel, ts, metadata: settledMetadata(seen) }, `${channel} ${ts}`, draw, patience)
    },

    async openDm(user, patience) {
      const known = conversations.get(user)
      if (known !== undefined) return known
      await pace.turn({ method: 'conversations.open', channel: null }, user, patience)
      const answer = await call('conversations.open', { users: user })
      const { id } = read(opened, answer, 'conversations.open').channel
      conversations.set(user, id)
      return id
    },

    async findGroup(channel, group, since, patience) {
      const found: Found[] = []
      for await (const seen of messages({ channel, thread: null, since }, patience)) {
        if (hasGroup(seen, group)) found.push({ place: { channel, ts: seen.ts }, seen })
      }
      return found
    },
  }
}

type Arguments = Readonly<Record<string, unknown>>
type Place = Pick<Posting, 'channel' | 'thread' | 'since'>

/** Whoever is cancelled meanwhile hears so in the words of the one who cancelled. */
async function rest(ms: number, { signal }: Patience): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted())
}

function read<T>(schema: z.ZodType<T>, answer: unknown, method: string): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new SlackTrouble('ambiguous', {
    message: `${method}: the answer lacks what Slack documents`,
    hint: 'Does something else answer in the place of Slack? Check OPS_SLACK_API_URL.',
  })
}

/** The client logs bodies, and with them what people wrote. */
const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
}
