/**
 * The pace at which Slack lets us speak: a bucket for each method of the Web API, and one for each channel that is posted
 * to. Whoever waits is served in the order of asking, except that one busy channel does not hold up another. A 429 stops
 * its own method alone. Time is handed in.
 */

/** No window of a minute ever holds more than `perMinute`, of which `burst` may come at once. */
export interface PaceRule {
  readonly perMinute: number
  readonly burst: number
}

const TIER_3: PaceRule = { perMinute: 50, burst: 5 }

/** Slack's tiers; what is not named is taken for the slow one. */
const METHODS: Readonly<Record<string, PaceRule>> = {
  'chat.update': TIER_3,
  // "Several hundred per minute" for a workspace; the narrow place is the channel.
  'chat.postMessage': { perMinute: 200, burst: 20 },
  'conversations.history': TIER_3,
  'conversations.replies': TIER_3,
  'conversations.open': TIER_3,
}

/** One message a second to a channel, with a little room for what belongs together. */
const CHANNEL: PaceRule = { perMinute: 60, burst: 4 }

const MINUTE_MS = 60_000

export interface Call {
  readonly method: string
  /** Of a message that is posted; null for calls that Slack counts by method alone. */
  readonly channel: string | null
}

export interface Pace {
  /**
   * Stands in the queue behind everybody who waits since then or longer. A ticket is any number that is not waiting already.
   */
  ask(ticket: number, call: Call, since: number): void
  /** Whose turn it is now, in order, and when somebody's will be; null when nobody waits. */
  grant(now: number): { readonly tickets: readonly number[]; readonly nextAt: number | null }
  /** Gives up its place. */
  leave(ticket: number): void
  /** Slack asks for a pause of this method. */
  limited(method: string, forMs: number, now: number): void
}

/** Virtual scheduling: the bucket is full at `fullAt`, and each message puts that off by one interval. */
interface Bucket {
  readonly intervalMs: number
  readonly burst: number
  fullAt: number
}

function bucketOf({ perMinute, burst }: PaceRule): Bucket {
  // What the burst takes is missing from the rest of the minute.
  return { intervalMs: MINUTE_MS / (perMinute - burst), burst, fullAt: Number.NEGATIVE_INFINITY }
}

function readyAt({ fullAt, burst, intervalMs }: Bucket): number {
  return fullAt - (burst - 1) * intervalMs
}

function spend(bucket: Bucket, now: number): void {
  bucket.fullAt = Math.max(bucket.fullAt, now) + bucket.intervalMs
}

interface Waiting extends Call {
  readonly ticket: number
  readonly since: number
}

/** Channels whose bucket is full again need not be remembered. */
const CHANNELS_KEPT = 1_000

export function createPace(): Pace {
  const methods = new Map<string, Bucket>()
  const channels = new Map<string, Bucket>()
  const paused = new Map<string, number>()
  let queue: readonly Waiting[] = []

  const methodBucket = (method: string): Bucket => known(methods, method, METHODS[method] ?? TIER_3)

  function forget(now: number): void {
    if (channels.size <= CHANNELS_KEPT) return
    for (const [channel, { fullAt }] of channels) if (fullAt <= now) channels.delete(channel)
  }

  return {
    ask(ticket, call, since) {
      const place = queue.findIndex(other => other.since > since)
      queue = queue.toSpliced(place === -1 ? queue.length : place, 0, { ...call, ticket, since })
    },

    grant(now) {
      const tickets: number[] = []
      const rest: Waiting[] = []
      let nextAt: number | null = null
      forget(now)
      for (const waiting of queue) {
        const { method, channel, ticket } = waiting
        const buckets = [methodBucket(method), ...(channel === null ? [] : [known(channels, channel, CHANNEL)])]
        const at = Math.max(paused.get(method) ?? Number.NEGATIVE_INFINITY, ...buckets.map(readyAt))
        if (at <= now) {
          for (const bucket of buckets) spend(bucket, now)
          tickets.push(ticket)
        } else {
          rest.push(waiting)
          nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, at)
        }
      }
      queue = rest
      return { tickets, nextAt }
    },

    leave(ticket) {
      queue = queue.filter(waiting => waiting.ticket !== ticket)
    },

    limited(method, forMs, now) {
      paused.set(method, Math.max(paused.get(method) ?? 0, now + forMs))
      // Slack's count is not ours: after a pause everybody begins without a burst.
      const bucket = methodBucket(method)
      bucket.fullAt = Math.max(bucket.fullAt, now + forMs + (bucket.burst - 1) * bucket.intervalMs)
    },
  }
}

function known(buckets: Map<string, Bucket>, name: string, rule: PaceRule): Bucket {
  const found = buckets.get(name) ?? bucketOf(rule)
  buckets.set(name, found)
  return found
}
