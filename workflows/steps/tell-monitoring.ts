/** Who learns about an update of the rules beside those who are asked: the ledger, and the timeline of its incident. */
import { TemporalFailure } from '@temporalio/common'
import { CancellationScope, getExternalWorkflowHandle, log, workflowInfo } from '@temporalio/workflow'
import { ESTATE } from '../../domain/ids.ts'
import type { IncidentMessage } from '../../domain/incident/commands.ts'
import type { MonitoringRequest } from '../../domain/monitoring/update.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { incidentSignal } from '../messages.ts'
import { onControlPlane } from '../proxies.ts'

/** In the name of whoever asked for it. Throws when the ledger is away. */
export async function noteInLedger(
  { requestedBy, incident }: MonitoringRequest,
  key: 'planned' | 'ended',
  words: string,
): Promise<void> {
  await onControlPlane('briefly', 'Note it in the ledger').record([
    {
      table: 'events',
      row: {
        id: `${workflowInfo().runId}/${key}`,
        kind: 'note',
        target: ESTATE,
        at: new Date().toISOString(),
        reason: incident === null ? words : `${incident.name}: ${words}`,
        by: requestedBy,
      },
    },
  ])
}

/** A line of its timeline. One that does not listen any more stops nothing. */
export async function noteInIncident(
  { incident, requestedBy }: MonitoringRequest,
  key: 'asked' | 'ended',
  text: string,
): Promise<void> {
  if (incident === null) return
  const message: IncidentMessage = {
    id: `${workflowInfo().runId}/${key}`,
    by: { person: requestedBy as PersonId, door: 'ops' },
    at: new Date().toISOString(),
    command: { kind: 'note', text, automatic: true },
  }
  try {
    const handle = getExternalWorkflowHandle(incident.workflowId)
    await CancellationScope.nonCancellable(() => handle.signal(incidentSignal, message))
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error
    log.warn('the incident could not be told', { error })
  }
}
