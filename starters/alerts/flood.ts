/**
 * The dam: within any ten seconds so many deliveries and so many causes are let through. The rest is counted, and the
 * count goes into a cause of its own, `ops/alert-flood`, at most once a second, however high the flood is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AlertBatch } from '../../domain/alerts/alert.ts'
import { FLOOD_CAUSE, WATCHDOG_CAUSE } from '../../domain/alerts/state.ts'

export interface FloodLimits {
  readonly windowMs: number
  readonly deliveries: number
  readonly causes: number
  /** Between two words about the flood. */
  readonly pauseMs: number
}

export const FLOOD_LIMITS: FloodLimits = { windowMs: 10_000, deliveries: 1_000, causes: 50, pauseMs: 1_000 }

export interface Dam {
  /** Which of a delivery's batches go on. */
  passing(batches: readonly AlertBatch[]): {
    readonly passed: readonly AlertBatch[]
    readonly shed: readonly AlertBatch[]
  }
  /** Settles when the count that contains these is written down. */
  count(shed: readonly AlertBatch[]): Promise<void>
}

export function createDam(limits: FloodLimits, send: (batch: AlertBatch) => Promise<void>): Dam {
  const causes = new Map<string, number>()
  let deliveries: number[] = []
  let waiting: AlertBatch[] = []
  let word: Promise<void> | undefined
  let spokeAt = Number.NEGATIVE_INFINITY

  const tell = async (): Promise<void> => {
    await sleep(Math.max(0, spokeAt + limits.pauseMs - performance.now()))
    spokeAt = performance.now()
    const shed = waiting
    waiting = []
    // From here on, what is shed waits for the next word.
    word = undefined
    await send(floodBatch(shed, new Date().toISOString()))
  }

  return {
    passing(batches) {
      const now = performance.now()
      const isRecent = (time: number) => now - time < limits.windowMs
      deliveries = [...deliveries.filter(isRecent), now]
      for (const [cause, time] of causes) if (!isRecent(time)) causes.delete(cause)
      const isFull = deliveries.length > limits.deliveries
      const passed: AlertBatch[] = []
      const shed: AlertBatch[] = []
      for (const batch of batches) {
        // Without its watchdog the flood would look like blindness.
        const isFree =
          batch.cause === WATCHDOG_CAUSE || (!isFull && (causes.has(batch.cause) || causes.size < limits.causes))
        if (isFree) causes.set(batch.cause, now)
        ;(isFree ? passed : shed).push(batch)
      }
      return { passed, shed }
    },
    count(shed) {
      waiting.push(...shed)
      word ??= tell()
      return word
    },
  }
}

const NAMED_CAUSES = 10

/** Critical, because nobody knows what is among it. */
export function floodBatch(shed: readonly AlertBatch[], at: string): AlertBatch {
  const count = shed.reduce((sum, batch) => sum + batch.count, 0)
  const causes = [...new Set(shed.map(({ cause }) => cause))]
  const more = causes.length > NAMED_CAUSES ? ` and ${causes.length - NAMED_CAUSES} more` : ''
  return {
    id: `flood/${at}`,
    cause: FLOOD_CAUSE,
    at,
    alerts: [
      {
        fingerprint: 'alert-flood',
        name: 'AlertFlood',
        level: 'critical',
        service: 'ops',
        metric: 'alert-flood',
        category: 'performance',
        manualId: 'A2',
        instance: null,
        state: 'firing',
        // One flood a quarter of an hour: what follows within it joins.
        startsAt: new Date(Math.floor(Date.parse(at) / FLOOD_MS) * FLOOD_MS).toISOString(),
        // Nobody resolves it: it is over when nothing more was shed for so long.
        endsAt: new Date(Date.parse(at) + FLOOD_MS).toISOString(),
        summary: `Alert flood: alerts of ${causes.length} causes were only counted`,
        description: `${causes.slice(0, NAMED_CAUSES).join(', ')}${more}. See Alertmanager for all of them.`,
      },
    ],
    count,
    truncated: count,
  }
}

const FLOOD_MS = 15 * 60_000
