/** The live checklist of a run, asked of its worker; null when none answers soon. */
import type { Client } from '@temporalio/client'
import type { Progress } from '../domain/progress.ts'
import type { Started } from './start-procedure.ts'

/** A query waits for a worker for half a minute; nobody at a terminal does. */
const PATIENCE_MS = 3_000

export async function readProgress(client: Client, run: Started, leaving?: AbortSignal): Promise<Progress | null> {
  const ask = () => client.workflow.getHandle(run.workflowId, run.runId).query<Progress>('progress')
  try {
    return await client.withDeadline(Date.now() + PATIENCE_MS, () =>
      leaving === undefined ? ask() : client.withAbortSignal(leaving, ask),
    )
  } catch {
    return null
  }
}
