/** The record of a run: from Temporal, or from the ledger when Temporal has forgotten it or never knew it. */
import type { RunChoice } from '../domain/commands.ts'
import type { RunRecord } from '../domain/run-record.ts'
import type { Context } from './context.ts'
import { ExitError } from './exit-codes.ts'
import { readRun } from './run-records.ts'

export async function findRecord(choice: RunChoice, context: Context): Promise<RunRecord> {
  const { client } = await context.temporal()
  try {
    return await readRun(client, choice)
  } catch (error) {
    if (!(error instanceof ExitError) || error.exitCode !== 64) throw error
    const record = await fromLedger(choice, context)
    if (record === null) throw error
    return record
  }
}

async function fromLedger({ workflowId, runId }: RunChoice, context: Context): Promise<RunRecord | null> {
  const settings = await context.settings()
  if (settings.ledgerUrlFile === null) return null
  const { withLedger } = await import('./ledger-access.ts')
  // That the run is unknown is the better answer than that the ledger is away.
  return await withLedger(settings, ledger => ledger.findRun(workflowId, runId ?? undefined)).catch(() => null)
}
