/** Hands of a workflow: activities on a host, on the control plane or in the chat, each call with a sentence and a named patience. */
import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow'
import type { ControlPlaneActivities } from '../activities/control-plane.ts'
import type { FixActivities } from '../activities/fix-hands.ts'
import type { HostActivities } from '../activities/host.ts'
import type { ApprovalActivities, ChatActivities, IncidentActivities } from '../activities/incident-response.ts'
import type { ResponseHands } from '../activities/response-hands.ts'
import { CHAT_QUEUE, CONTROL_QUEUE, type HostName, hostQueue } from '../domain/ids.ts'

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
  /** Reads where an older answer does as well: a person waits for what comes after it. */
  glance: { startToCloseTimeout: '5 seconds', scheduleToCloseTimeout: '5 seconds', retry: { maximumAttempts: 1 } },
  /** Looks at one thing of many within the first minute of an incident; what hangs is left out. */
  collector: { startToCloseTimeout: '30 seconds', heartbeatTimeout: HEARTBEAT, retry: { maximumAttempts: 1 } },
  /** Changes something and cannot recognise its own first try: a look afterwards says what became of it. */
  once: {
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: HEARTBEAT,
    retry: { maximumAttempts: 1 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  },
} as const satisfies Record<string, ActivityOptions>

export type Patience = keyof typeof PATIENCE

/** Activities on one host. A call fails with a schedule-to-start timeout when the host is silent. */
export function onHost(host: HostName, patience: Patience, summary: string): HostActivities & ResponseHands {
  return proxyActivities<HostActivities & ResponseHands>({
    // A cancelled read leaves nothing behind, so nobody waits for a host that may be gone.
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    ...PATIENCE[patience],
    taskQueue: hostQueue(host),
    scheduleToStartTimeout: SILENCE,
    summary,
  })
}

type ControlPlane = ControlPlaneActivities & IncidentActivities & ApprovalActivities & FixActivities

/** Activities on the control plane: ledger, artefacts, estate file, other runs. */
export function onControlPlane(patience: Patience, summary: string): ControlPlane {
  return proxyActivities<ControlPlane>({ ...PATIENCE[patience], taskQueue: CONTROL_QUEUE, summary })
}

/**
 * Slack, mail and pagers, on a queue of their own. They come back: a call is tried for a day, and its tries cost no history. A
 * cancelled call is waited for, so that what is done after it cannot be overtaken by it.
 * @param within tried for no longer, where there is another way, or somebody has to know.
 */
export function onChat(summary: string, within: '24 hours' | '90 seconds' = '24 hours'): ChatActivities {
  return proxyActivities<ChatActivities>({
    startToCloseTimeout: '60 seconds',
    heartbeatTimeout: HEARTBEAT,
    scheduleToCloseTimeout: within,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    taskQueue: CHAT_QUEUE,
    summary,
  })
}

/** The same where nobody may be kept waiting: the last words of a run that ends. */
export function onChatBriefly(summary: string): ChatActivities {
  return proxyActivities<ChatActivities>({ ...PATIENCE.briefly, taskQueue: CHAT_QUEUE, summary })
}
