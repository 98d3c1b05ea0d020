/** The hands of a cause of alerts: what they need beyond those of incidents, each call with a sentence. */
import { proxyActivities } from '@temporalio/workflow'
import type { AlertActivities } from '../../activities/alert-response.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'

/** Reads that a page may wait for, and the sign of life: what does not come at once is done without. */
export function onAlerts(summary: string): AlertActivities {
  return proxyActivities<AlertActivities>({
    startToCloseTimeout: '5 seconds',
    scheduleToCloseTimeout: '10 seconds',
    retry: { maximumAttempts: 1 },
    taskQueue: CONTROL_QUEUE,
    summary,
  })
}

/** The same where nobody waits: a ledger that is away comes back. */
export function countAlertsPatiently(summary: string): Pick<AlertActivities, 'countAlerts'> {
  return proxyActivities<AlertActivities>({
    startToCloseTimeout: '60 seconds',
    heartbeatTimeout: '10 seconds',
    scheduleToCloseTimeout: '6 hours',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds' },
    taskQueue: CONTROL_QUEUE,
    summary,
  })
}
