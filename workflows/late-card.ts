/**
 * Late card: draws the last state of something whose run has ended, when the chat is back or its rights are repaired.
 *
 * One step, tried for a day. A crash leaves nothing behind: the card is found again by its key. Anybody may cancel it.
 */
import type { CardSubject } from '../domain/chat/chat.ts'
import type { CardPlace } from '../domain/incident/incident.ts'
import { onChat } from './proxies.ts'

export interface LateCard {
  readonly subject: CardSubject
  readonly place: CardPlace | null
}

export async function lateCard({ subject, place }: LateCard): Promise<CardPlace> {
  return await onChat('Draw the card as it ended').showCard({ subject, place, thread: null, patient: true })
}
