/**
 * How old a request is when its turn comes. Slack gives up after three seconds; whoever is served later reads a timeout and
 * presses again, so serving the old ones first makes everybody late. Slack's header tells the time of sending in whole
 * seconds of Slack's clock; the difference between the clocks is what the youngest request of the last minutes shows. The
 * first request of all has nobody to be compared with: whatever it shows is taken for that difference.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Beyond this nobody waits for the answer any more. */
export const TOO_OLD_MS = 2_500
const WINDOW_MS = 2 * 60_000
/** The header is cut to whole seconds. */
const ROUNDING_MS = 1_000

export interface Lateness {
  /** Age in ms of a request that was sent at `sentAt` by Slack's clock. */
  ageOf(sentAt: number, now: number): number
  /** When the last request came (ISO), and by how much our clock seems ahead, ms. Null before the first one. */
  seen(): { readonly lastHeardAt: string | null; readonly clockAheadMs: number | null }
}

export function createLateness(): Lateness {
  let since = Number.NEGATIVE_INFINITY
  let [before, current] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let heardAt: number | null = null
  return {
    ageOf(sentAt, now) {
      heardAt = now
      const apparent = now - sentAt
      if (now - since > WINDOW_MS) {
        before = current
        current = Number.POSITIVE_INFINITY
        since = now
      }
      const difference = Math.min(before, current, apparent)
      current = Math.min(current, apparent)
      return Math.max(0, apparent - ROUNDING_MS - Math.max(0, difference - ROUNDING_MS))
    },
    seen: () => ({
      lastHeardAt: heardAt === null ? null : new Date(heardAt).toISOString(),
      clockAheadMs: heardAt === null ? null : current,
    }),
  }
}

export interface LoopDelay {
  /** The longest wait of the last second or two for a turn of the event loop, ms. */
  worst(): number
  close(): void
}

export function watchLoop(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: 20 })
  histogram.enable()
  let last = 0
  const timer = setInterval(() => {
    last = histogram.max / 1e6
    histogram.reset()
  }, 1_000)
  timer.unref()
  return {
    worst: () => Math.max(last, histogram.max / 1e6),
    close: () => {
      clearInterval(timer)
      histogram.disable()
    },
  }
}
