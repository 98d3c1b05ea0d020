/** What a gate has to leave in the ledger. A decision waits for its row, but not for hours: people stand before the card. */
import { ActivityFailure, log, ParentClosePolicy, patched, startChild, workflowInfo } from '@temporalio/workflow'
import type { LedgerRow } from '../../domain/ledger.ts'
import type { LateRows } from '../late-rows.ts'
import { onControlPlane } from '../proxies.ts'

export interface GateRecord {
  /** Writes rows about what is already so. While the ledger is away they are owed, and come with the next ones. */
  write(rows: readonly LedgerRow[]): Promise<void>
  /** Whether these rows, without which something may not be so, are written. */
  tryWrite(rows: readonly LedgerRow[]): Promise<boolean>
  /** One more try for what is owed. */
  settle(): Promise<void>
  /** What is still owed is left to a run of its own, which waits for the ledger as long as that takes. */
  leaveRest(): Promise<void>
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
    async leaveRest() {
      if (owed.length === 0 || !patched('owed-rows-outlive-the-run')) return
      const request: LateRows = { rows: owed }
      owed = []
      await startChild('lateRows', {
        workflowId: `late-rows:${workflowInfo().runId}`,
        args: [request],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${request.rows.length} rows about decisions, when the ledger is back`,
      })
    },
  }
}
