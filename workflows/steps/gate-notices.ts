/** Tells people about a gate beside its card, in the background: a chat or a mail server that is away delays no decision. */
import { TemporalFailure } from '@temporalio/common'
import { CancellationScope, log } from '@temporalio/workflow'
import type { Gate } from '../../domain/approvals/approval.ts'
import { gateNotice, type NoticeKind } from '../../domain/approvals/notices.ts'
import { onChatBriefly, onControlPlane } from '../proxies.ts'

export interface Notices {
  /** Returns at once. */
  tell(kind: NoticeKind, gate: Gate): void
  /** Waits for what is under way; each takes some minutes at most. */
  settle(): Promise<void>
}

export function tellPeople(): Notices {
  const underWay = new Set<Promise<unknown>>()
  return {
    tell(kind, gate) {
      const telling = CancellationScope.nonCancellable(() => succeeded(() => send(kind, gate)))
      underWay.add(telling)
      void telling.finally(() => underWay.delete(telling))
    },
    async settle() {
      await Promise.all(underWay)
    },
  }
}

async function send(kind: NoticeKind, gate: Gate): Promise<void> {
  const team = await onControlPlane('briefly', 'Read who is to be told').readTeam({ orLast: true })
  const notice = gateNotice(kind, gate, team)
  if (notice === null) return
  const { approvalId, card } = gate
  const { addresses, message, mail } = notice
  const key = `${approvalId}/${kind}`
  const isPosted =
    card !== null &&
    (await succeeded(() =>
      onChatBriefly(`Tell those concerned: ${kind}`).post({ key, channel: card.channel, thread: card.ts, message }),
    ))
  // What is no mere reminder goes by both ways.
  if (addresses.length > 0 && (kind !== 'remind' || !isPosted)) {
    await onChatBriefly(`Write to those concerned: ${kind}`).mail({ key, to: addresses, ...mail })
  }
}

async function succeeded(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step()
    return true
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error
    log.warn('somebody could not be told about a gate', { error })
    return false
  }
}
