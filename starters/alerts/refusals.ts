/**
 * Refused deliveries on record: a line in the log and a row in the ledger for the first of each kind within an hour. Who
 * knocks without end fills neither; how often, the metric tells.
 */
import type { Ledger } from '../../activities/adapters/ledger/ledger.ts'
import { redact } from '../../domain/redact.ts'

export interface Refusal {
  readonly status: number
  readonly why: string
  /** Address of the sender. */
  readonly from: string
}

export interface RefusalRecord {
  /** Null without a ledger. */
  readonly ledger: Pick<Ledger, 'note'> | null
  readonly log: { warn(details: object, message: string): void }
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

const HOUR_MS = 3_600_000
const WHY_LENGTH = 200

/** What the alert door calls for each refusal. It returns at once and never throws. */
export function createRefusalRecord({ ledger, log, now = Date.now }: RefusalRecord): (refusal: Refusal) => void {
  const noted = new Map<number, { readonly hour: number; repeated: number }>()
  return ({ status, why, from }) => {
    const time = now()
    const hour = Math.floor(time / HOUR_MS)
    const before = noted.get(status)
    if (before?.hour === hour) {
      before.repeated += 1
      return
    }
    noted.set(status, { hour, repeated: 0 })
    const said = plainLine(why)
    log.warn({ status, why: said, from, repeatedBefore: before?.repeated ?? 0 }, 'a delivery of alerts was refused')
    ledger
      ?.note({
        // Also from several processes one row an hour.
        id: `refused-delivery/${status}/${new Date(hour * HOUR_MS).toISOString()}`,
        kind: 'note',
        target: 'alert-door',
        at: new Date(time).toISOString(),
        reason: `a delivery of alerts was refused with ${status} (${said}), from ${from}; more within the hour are only counted`,
        by: 'ingress',
      })
      .catch((error: unknown) => log.warn({ err: error }, 'a refused delivery could not be put on record'))
  }
}

/** What is wrong with a delivery may quote it. */
export function plainLine(why: string): string {
  return redact(why.toWellFormed())
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .slice(0, WHY_LENGTH)
    .toWellFormed()
}
