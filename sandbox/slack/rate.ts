/**
 * Slack's rate limits: a bucket for each method (tier 1 to 4: 1, 20, 50, 100 a minute), and for posting about one a
 * second and channel with a small burst, a few hundred a minute in all. Numbers of calls, times in milliseconds.
 */

export type Tier = 1 | 2 | 3 | 4 | 'posting' | 'unlimited'

const PER_MINUTE = { 1: 1, 2: 20, 3: 50, 4: 100, posting: 300 } as const
const CHANNEL = { burst: 5, perMinute: 60 } as const

interface Bucket {
  tokens: number
  at: number
}

export class RateLimits {
  readonly #buckets = new Map<string, Bucket>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Takes one call; answers with the seconds after which to try again when there is none. */
  take(method: string, tier: Tier, channel: string | undefined): number | undefined {
    if (tier === 'unlimited') return undefined
    const perMinute = PER_MINUTE[tier]
    const buckets = [this.#bucket(method, perMinute, perMinute)]
    if (tier === 'posting' && channel !== undefined)
      buckets.push(this.#bucket(`${method} ${channel}`, CHANNEL.burst, CHANNEL.perMinute))
    const waits = buckets.map(({ bucket, perMs }) => (1 - bucket.tokens) / perMs)
    const wait = Math.max(...waits)
    // A rest of a rounding is no reason to refuse.
    if (wait > 1e-6) return Math.max(1, Math.ceil(wait / 1000))
    for (const { bucket } of buckets) bucket.tokens -= 1
    return undefined
  }

  reset(): void {
    this.#buckets.clear()
  }

  #bucket(key: string, capacity: number, perMinute: number): { readonly bucket: Bucket; readonly perMs: number } {
    const now = this.#now()
    const perMs = perMinute / 60_000
    const bucket = this.#buckets.get(key) ?? { tokens: capacity, at: now }
    bucket.tokens = Math.min(capacity, bucket.tokens + (now - bucket.at) * perMs)
    bucket.at = now
    this.#buckets.set(key, bucket)
    return { bucket, perMs }
  }
}
