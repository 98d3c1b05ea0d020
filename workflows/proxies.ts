/** Hands of a workflow: activities on a host or on the control plane, each call with a sentence and a named patience. */
import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow'
import type { ControlPlaneActivities } from '../activities/control-plane.ts'
import type { HostActivities } from '../activities/host.ts'
import { CONTROL_QUEUE, type HostName, hostQueue } from '../domain/ids.ts'

/** A host that has not taken a task for this long is silent: nobody else can ever serve its queue. */
const SILENCE = '10 seconds'

/** Workers beat every few seconds in every activity, so a dead one is noticed long before a step's own time is up. */
const HEARTBEAT = '10 seconds'

const TRANSIENT = { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 } as const

/** Retry classes by what a second try may do. */
const PATIENCE = {
  /** Reads for some seconds. */
  read: { startToCloseTimeout: '60 seconds', heartbeatTimeout: HEARTBEAT, retry: TRANSIENT },
  /** Reads for minutes. */
  longRead: {
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: HEARTBEAT,
    retry: { ...TRANSIENT, maximumAttempts: 2 },
  },
  /** Writes that recognise their own first try, on parts that come back: a run waits for them and loses nothing. */
  idempotent: {
    startToCloseTimeout: '60 seconds',
    heartbeatTimeout: HEARTBEAT,
    scheduleToCloseTimeout: '6 hours',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds' },
  },
  /** The same, where nobody may be kept waiting. */
  briefly: {
    startToCloseTimeout: '10 seconds',
    heartbeatTimeout: HEARTBEAT,
    scheduleToCloseTimeout: '60 seconds',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds' },
  },
} as const satisfies Record<string, ActivityOptions>

export type Patience = keyof typeof PATIENCE

/** Activities on one host. A call fails with a schedule-to-start timeout when the host is silent. */
export function onHost(host: HostName, patience: Patience, summary: string): HostActivities {
  return proxyActivities<HostActivities>({
    ...PATIENCE[patience],
    taskQueue: hostQueue(host),
    scheduleToStartTimeout: SILENCE,
    // A cancelled read leaves nothing behind, so nobody waits for a host that may be gone.
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    summary,
  })
}

/** Activities on the control plane: ledger, artefacts, estate file. */
export function onControlPlane(patience: Patience, summary: string): ControlPlaneActivities {
  return proxyActivities<ControlPlaneActivities>({ ...PATIENCE[patience], taskQueue: CONTROL_QUEUE, summary })
}
