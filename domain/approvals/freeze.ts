/** The freeze switch as people see it: who froze changes, why, since when. */
import type { Freeze } from '../chat/card-context.ts'
import type { EventRow } from '../ledger.ts'

/** @param event the one that froze changes; null while they are not frozen. */
export function freezeOf(event: EventRow | null): Freeze | null {
  return event === null ? null : { by: event.by, reason: event.reason, since: event.at }
}
