/** Finds out whether people have silenced a cause of alerts: asked of its run, which keeps that. */
import type { Client } from '@temporalio/client'
import type { AlertView } from '../domain/alerts/view.ts'
import { alertWorkflowId } from '../domain/ids.ts'

/** Whoever asks has more to do than to wait for this. */
const ANSWER_MS = 3_000

/** ISO; null when nobody has, or nobody can say: then what fires is heard. */
export async function silenceOf(client: Client, cause: string): Promise<string | null> {
  const run = client.workflow.getHandle(alertWorkflowId(cause))
  try {
    const view = await client.withDeadline(Date.now() + ANSWER_MS, () => run.query<AlertView>('cause'))
    return view.silence?.until ?? null
  } catch {
    return null
  }
}
