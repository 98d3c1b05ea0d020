/** The cards of a run's gates. A chat that is away keeps no run open: its last card is left to a run of its own. */
import { condition, log, ParentClosePolicy, startChild } from '@temporalio/workflow'
import type { CardPlace } from '../../domain/incident/incident.ts'
import type { LateCard } from '../late-card.ts'
import { type Card, keepCard } from './cards.ts'

/** What runs wait for the holder of a host must not wait long for the chat. */
const PATIENCE = '10 seconds'

export interface GateCards {
  refresh(approvalId: string): void
  settle(): Promise<void>
}

export function keepGateCards(workflowId: string, placed: (approvalId: string, place: CardPlace) => void): GateCards {
  const cards = new Map<string, Card>()
  const places = new Map<string, CardPlace>()

  const cardOf = (approvalId: string): Card => {
    const known = cards.get(approvalId)
    if (known !== undefined) return known
    const card = keepCard({ kind: 'approval', workflowId, approvalId }, null, null, {
      placed: place => {
        places.set(approvalId, place)
        placed(approvalId, place)
      },
      failed: why => log.warn('the card of a gate cannot be drawn', { approvalId, why }),
    })
    cards.set(approvalId, card)
    return card
  }

  const settleOne = async (approvalId: string, card: Card): Promise<void> => {
    if (await condition(card.idle, PATIENCE, { summary: `the last card of ${approvalId}` })) return
    await card.stop()
    const request: LateCard = {
      subject: { kind: 'approval', workflowId, approvalId },
      place: places.get(approvalId) ?? null,
    }
    await startChild('lateCard', {
      workflowId: `late-card:${approvalId}`,
      args: [request],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `The last card of ${approvalId}, when the chat is back`,
    })
  }

  return {
    refresh: approvalId => cardOf(approvalId).refresh(),
    async settle() {
      await Promise.all([...cards].map(([approvalId, card]) => settleOne(approvalId, card)))
    },
  }
}
