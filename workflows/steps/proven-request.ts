/** Whether whoever is said to ask for a change really does: found out before anything is planned. */
import { patched, workflowInfo } from '@temporalio/workflow'
import type { AskedFor, RequestUse } from '../../domain/approvals/request-statement.ts'
import { onControlPlane } from '../proxies.ts'
import { sentence } from './change-words.ts'

/** Null when they do; otherwise why nothing is done, for card and timeline. */
export async function reasonNotToPlan(
  asked: AskedFor,
  proof: unknown,
  purpose: RequestUse['purpose'] = 'change',
): Promise<string | null> {
  if (!patched('who-asks-is-proven')) return null
  const { workflowId, runId } = workflowInfo()
  const use: RequestUse = { asked, run: { workflowId, runId }, purpose, at: new Date().toISOString() }
  const found = await onControlPlane('briefly', `Verify that ${asked.person} asks for this`).proveRequest({
    proof,
    use,
  })
  if (found.kind === 'genuine') return null
  return `It is not proven that ${asked.person} asks for this: ${sentence(found.why)} ${found.hint}`
}
