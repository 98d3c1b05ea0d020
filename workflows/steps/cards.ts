/**
 * Keeps a card in the chat like its subject. The card is drawn where it is sent, from the subject's state at that moment; so at
 * most one call is under way, whatever changes meanwhile is in the next one, and a slow chat costs no history.
 */
import { TemporalFailure } from '@temporalio/common'
import {
  CancellationScope,
  isCancellation,
  ParentClosePolicy,
  patched,
  rootCause,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow'
import type { CardSubject } from '../../domain/chat/chat.ts'
import type { CardPlace } from '../../domain/incident/incident.ts'
import type { LateCard } from '../late-card.ts'
import { onChat } from '../proxies.ts'

/** Between two drawings of one card: what happens together is drawn together, and the chat's limits are kept. */
const PAUSE_MS = 2_000

export interface CardEvents {
  /** Told where the card lives, when it has a new place. */
  readonly placed: (place: CardPlace) => void
  /** Told when it cannot be drawn at all, once for each reason. */
  readonly failed: (why: string) => void
}

export interface Card {
  /** The subject has changed. Returns at once. */
  refresh(): void
  /** Whether it shows everything that it was told of. */
  idle(): boolean
  /** Whether it was never drawn, and the last try to do so has failed for good. */
  isLost(): boolean
  /** Whether people have to repair something before it can be drawn. It is tried all the same, at a long pace. */
  isOwed(): boolean
  /** Gives up what is under way and draws no more. */
  stop(): Promise<void>
}

/** `thread`: the message below which the card is posted, or null. */
export function keepCard(
  subject: CardSubject,
  place: CardPlace | null,
  thread: string | null,
  events: CardEvents,
): Card {
  const scope = new CancellationScope()
  // The run before this one may have posted it, and does not know.
  const again = place === null && workflowInfo().continuedFromExecutionRunId !== undefined
  let known = place
  let outdated = false
  let drawing: Promise<void> | null = null
  let drawnAt = 0
  let lastFailure: string | null = null
  let stopped = false
  let patient = false

  const draw = async (): Promise<void> => {
    while (outdated) {
      const rest = drawnAt + PAUSE_MS - Date.now()
      if (rest > 0) await sleep(rest, { summary: 'between two drawings of the card' })
      outdated = false
      try {
        const request = { subject, place: known, thread, again, ...(patient ? { patient } : {}) }
        const shown = await onChat('Draw the card as it is now').showCard(request)
        lastFailure = null
        patient = false
        if (shown.channel !== known?.channel || shown.ts !== known.ts) events.placed(shown)
        known = shown
      } catch (error) {
        if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
        const why = rootCause(error) ?? error.message
        if (why !== lastFailure) events.failed(why)
        lastFailure = why
        // Whoever has waited for a day waits for the next change.
        patient = !patient && patched('cards-wait-for-repairs')
        outdated ||= patient
      }
      drawnAt = Date.now()
    }
  }

  const start = (): void => {
    if (drawing !== null || !outdated || stopped) return
    drawing = scope
      .run(draw)
      .catch(error => {
        if (!isCancellation(error)) throw error
        stopped = true
      })
      .finally(() => {
        drawing = null
        start()
      })
  }

  return {
    refresh() {
      outdated = true
      start()
    },
    idle: () => drawing === null,
    isLost: () => known === null && lastFailure !== null,
    isOwed: () => patient,
    async stop() {
      stopped = true
      scope.cancel()
      await drawing
    },
  }
}

/**
 * Leaves the last state of a card to a run of its own, which draws it when that can be done.
 * @param id unique among all that are left.
 * @param name for people: INC-7, APR-1A2B3C4D5E.
 */
export async function leaveCard(
  id: string,
  name: string,
  subject: CardSubject,
  place: CardPlace | null,
): Promise<void> {
  const request: LateCard = { subject: { ...subject, runId: workflowInfo().runId }, place }
  await startChild('lateCard', {
    workflowId: `late-card:${id}`,
    args: [request],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `The last card of ${name}, when the chat is back`,
  })
}
