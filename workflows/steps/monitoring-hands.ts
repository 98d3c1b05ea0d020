/** The hands of an update of the monitoring's rules, each call with a sentence. */
import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow'
import type { MonitoringActivities } from '../../activities/monitoring-hands.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'

const PATIENCE = {
  /** Unit tests of rules take a while. */
  plan: { startToCloseTimeout: '5 minutes', retry: { maximumAttempts: 2 } },
  look: { startToCloseTimeout: '20 seconds', retry: { maximumAttempts: 1 } },
  /** Recognises its own first try, also that of a killed worker. Half of it is worse than the whole, so a cancellation waits. */
  replace: {
    startToCloseTimeout: '60 seconds',
    scheduleToCloseTimeout: '2 minutes',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 4 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  },
} as const satisfies Record<string, ActivityOptions>

export function onMonitoring(patience: keyof typeof PATIENCE, summary: string): MonitoringActivities {
  return proxyActivities<MonitoringActivities>({
    heartbeatTimeout: '10 seconds',
    taskQueue: CONTROL_QUEUE,
    ...PATIENCE[patience],
    summary,
  })
}
