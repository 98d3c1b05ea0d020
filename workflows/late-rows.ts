/**
 * Late rows: writes into the ledger what a run owed it when that run ended.
 *
 * One step, tried for a week. A crash leaves nothing behind: rows are recognised by their keys. Anybody may cancel it; what it
 * could not write then stands in its input alone.
 */
import { ActivityFailure, isCancellation, log, sleep } from '@temporalio/workflow'
import type { LedgerRow } from '../domain/ledger.ts'
import { onControlPlane } from './proxies.ts'

export interface LateRows {
  readonly rows: readonly LedgerRow[]
}

const GIVE_UP_MS = 7 * 86_400_000

export async function lateRows({ rows }: LateRows): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS
  for (;;) {
    try {
      return await onControlPlane('idempotent', 'Write what is owed into the ledger').record(rows)
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure) || Date.now() >= deadline) throw error
      log.warn('the ledger is still away', { error })
      await sleep('10 minutes', { summary: 'then try the ledger again' })
    }
  }
}
