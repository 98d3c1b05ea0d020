/** Lets the cards of open incidents and gates show at once that changes were frozen or thawed. The row holds without it. */
import type { Client } from '@temporalio/client'
import { OPEN_INCIDENTS } from '../domain/incident/start.ts'
import type { EventRow } from '../domain/ledger.ts'
import type { PersonId } from '../domain/team/team.ts'
import { incidentSignal, redrawSignal } from '../workflows/messages.ts'

/** Together, however many there are: a person waits. */
const PATIENCE_MS = 5_000

export type Switched = EventRow & { readonly kind: 'freeze' | 'thaw' }

/**
 * An incident gets a line of its timeline, whose card is drawn anew with it; a gate draws its card. Safe to repeat: the line
 * stands under the id of the event. Throws what Temporal throws when it does not answer in time.
 */
export async function tellFreeze(client: Client, event: Switched, door: 'slack' | 'cli'): Promise<void> {
  const { id, kind, at, reason, by } = event
  const text = `${kind === 'freeze' ? 'changes are frozen' : 'changes may start again'}: ${reason}`
  const message = {
    id,
    by: { person: by as PersonId, door },
    at,
    command: { kind: 'note', text, automatic: true },
  } as const
  await client.withDeadline(Date.now() + PATIENCE_MS, async () => {
    const [incidents, gates] = await Promise.all([
      running(client, OPEN_INCIDENTS),
      running(client, `OpsGate IS NOT NULL AND ExecutionStatus = 'Running'`),
    ])
    const told = [
      ...incidents.map(workflowId => client.workflow.getHandle(workflowId).signal(incidentSignal, message)),
      ...gates.map(workflowId => client.workflow.getHandle(workflowId).signal(redrawSignal)),
    ]
    // One that has ended meanwhile has no card to draw.
    await Promise.allSettled(told)
  })
}

async function running(client: Client, query: string): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId)
  return found
}
