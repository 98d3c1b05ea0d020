/**
 * A delivery with the right token that is refused whole: what it said is lost, and Alertmanager does not send it again. So
 * the way of the alerts is broken, which is a cause of its own, `ops/alert-door`.
 */
import type { AlertBatch } from '../../domain/alerts/alert.ts'
import { DOOR_CAUSE } from '../../domain/alerts/state.ts'
import { plainLine, type Refusal } from './refusals.ts'

/** Between two words about the same kind. */
const PAUSE_MS = 60_000

/** It is over when nothing more was refused for so long. */
const LASTS_MS = 15 * 60_000

/** Settles when Temporal has written it down. Throws what `send` throws: then nobody knows of it, and it has to come again. */
export function createOutcry(
  send: (batch: AlertBatch) => Promise<void>,
  now: () => number = Date.now,
): (refusal: Refusal) => Promise<void> {
  const told = new Map<number, { readonly time: number; readonly word: Promise<void> }>()
  return async refusal => {
    const { status } = refusal
    const time = now()
    const before = told.get(status)
    if (before !== undefined && time - before.time < PAUSE_MS) return await before.word
    const word = send(refusedBatch(refusal, time))
    told.set(status, { time, word })
    try {
      await word
    } catch (error) {
      told.delete(status)
      throw error
    }
  }
}

/** Critical, because nobody knows what was in it. */
export function refusedBatch({ status, why, from }: Refusal, time: number): AlertBatch {
  const at = new Date(time).toISOString()
  return {
    id: `refused/${status}/${at}`,
    cause: DOOR_CAUSE,
    at,
    alerts: [
      {
        fingerprint: `refused-delivery-${status}`,
        name: 'AlertDeliveryRefused',
        level: 'critical',
        service: 'ops',
        metric: 'alert-door',
        category: 'configuration',
        manualId: 'A2',
        instance: null,
        state: 'firing',
        // What follows within a quarter of an hour is the same trouble, through whichever process it comes.
        startsAt: new Date(Math.floor(time / LASTS_MS) * LASTS_MS).toISOString(),
        endsAt: new Date(time + LASTS_MS).toISOString(),
        summary: plainLine(`Alerts are lost: a delivery was refused with ${status}: ${why}`),
        description: `It came from ${from} with the right token, and Alertmanager does not send it again. See there what fires.`,
      },
    ],
    count: 1,
    truncated: 0,
  }
}
