/** Follow-ups are reminded of for months, by a run of their own: the cause is then free for a new incident. */
import { TemporalFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import { isCancellation, log, ParentClosePolicy, sleep, startChild, workflowInfo } from '@temporalio/workflow'
import { followUpsWorkflowId } from '../../domain/ids.ts'
import { incidentName } from '../../domain/incident/incident.ts'
import type { IncidentStart, IncidentWorkflow } from '../incident-start.ts'
import { onControlPlane } from '../proxies.ts'
import { type Carried, type Desk, memoryOf } from './incident-desk.ts'

/** It begins when this run has ended, so that nothing that is told this one in between is lost or told twice. */
export async function startFollowUps(desk: Desk, start: IncidentStart): Promise<void> {
  const { incident: closed } = desk.state
  const workflowId = followUpsWorkflowId(incidentName(closed.number))
  const { workflowId: before, firstExecutionRunId: runId } = workflowInfo()
  try {
    await startChild<IncidentWorkflow>('incident', {
      workflowId,
      args: [
        {
          ...start,
          carried: { ...memoryOf(desk), incident: { ...closed, workflowId } },
          remembers: true,
          after: { workflowId: before, runId },
        },
      ],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Reminds of the follow-ups of ${incidentName(closed.number)}`,
    })
  } catch (error) {
    // A number is given once: whoever reminds already, reminds of the same.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
  }
}

/** What the run before has left, once it has ended. One that was stopped has left what it knew when it started this one. */
export async function takenOver({ after, carried }: IncidentStart): Promise<Carried | null> {
  if (after === undefined || carried === null) return carried
  const { workflowId } = carried.incident
  for (;;) {
    try {
      const hands = onControlPlane('idempotent', `Wait until ${after.workflowId} has said its last words`)
      const left = await hands.readEnd(after)
      if (left === null) return carried
      return { ...carried, incident: { ...left, workflowId }, chronicle: { entries: left.entries, rows: [] } }
    } catch (error) {
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
      log.warn('the incident goes on', { error })
      await sleep('10 minutes', { summary: 'then look again whether it has ended' })
    }
  }
}
