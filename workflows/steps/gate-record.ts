/** What a gate has to leave in the ledger. A decision waits for its row, but not for hours: people stand before the card. */
import { ActivityFailure, log } from '@temporalio/workflow'
import type { LedgerRow } from '../../domain/ledger.ts'
import { onControlPlane } from '../proxies.ts'

export interface GateRecord {
  /** Writes rows about what is already so. While the ledger is away they are owed, and come with the next ones. */
  write(rows: readonly LedgerRow[]): Promise<void>
  /** Whether these rows, without which something may not be so, are written. */
  tryWrite(rows: readonly LedgerRow[]): Promise<boolean>
  settle(): Promise<void>
}

export function keepGateRecord(): GateRecord {
  let owed: readonly LedgerRow[] = []

  const tryWrite = async (rows: readonly LedgerRow[]): Promise<boolean> => {
    const before = owed
    owed = []
    try {
      await onControlPlane('briefly', 'Write the decision into the ledger').record([...before, ...rows])
      return true
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error
      log.warn('a decision is not in the ledger yet', { error })
      owed = [...before, ...owed]
      return false
    }
  }

  const write = async (rows: readonly LedgerRow[]): Promise<void> => {
    if (!(await tryWrite(rows))) owed = [...owed, ...rows]
  }

  return {
    write,
    tryWrite,
    async settle() {
      if (owed.length > 0) await write([])
    },
  }
}
