/** The cards of a run's gates. A chat that is away keeps no run open: its last card is left to a run of its own. */
import { condition, log } from '@temporalio/workflow'
import type { CardPlace } from '../../domain/incident/incident.ts'
import { type Card, keepCard, leaveCard } from './cards.ts'

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
    const settled = () => card.idle() || card.isOwed()
    const inTime = await condition(settled, PATIENCE, { summary: `the last card of ${approvalId}` })
    if (inTime && !card.isOwed()) return
    await card.stop()
    const subject = { kind: 'approval', workflowId, approvalId } as const
    await leaveCard(approvalId, approvalId, subject, places.get(approvalId) ?? null)
  }

  return {
    refresh: approvalId => cardOf(approvalId).refresh(),
    async settle() {
      await Promise.all([...cards].map(([approvalId, card]) => settleOne(approvalId, card)))
    },
  }
}
