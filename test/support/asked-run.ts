/** A run that only asks, told from its start to its end: real workers, somebody who decides, and the replay of what happened. */
import { randomUUID } from 'node:crypto'
import type { WorkflowHandle } from '@temporalio/client'
import type { GateRequest } from '../../domain/approvals/approval.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { GateOutcome } from '../../workflows/steps/gate.ts'
import { requestOf } from '../domain/approvals/samples.ts'
import {
  type Decider,
  deciderOf,
  decisionsIn,
  gateHands,
  newWorld,
  replay,
  type World,
  withGateWorkers,
} from './gate-rig.ts'
import type { Hands, Rig } from './workflow-rig.ts'

export type Ask = (requests: readonly GateRequest[]) => Promise<readonly GateOutcome[]>

/** Long enough for a test that is slow, in the real time in which decisions are signed. */
export const plan = { ...requestOf().plan, expiresAt: '2099-01-01T00:00:00.000Z' }

export function question(rules: Partial<GateRequest['policy']> = {}, changes: Partial<GateRequest> = {}): GateRequest {
  return requestOf({ plan, ...changes }, rules)
}

export interface AskedRun {
  readonly world: World
  readonly handle: WorkflowHandle<Ask>
  readonly decider: Decider
  /** How it ends, with time skipped while nothing runs: nobody decides any more. */
  result(): Promise<readonly GateOutcome[]>
}

export interface AskedOptions {
  readonly world?: World
  readonly control?: Hands['control']
}

export function ask(rig: Rig, requests: readonly GateRequest[]): Promise<WorkflowHandle<Ask>> {
  const options = { workflowId: `ask:${randomUUID()}`, taskQueue: CONTROL_QUEUE }
  return rig.client.workflow.start<Ask>('askAll', { ...options, args: [requests] })
}

export async function tellAsked<T>(
  rig: Rig,
  requests: readonly GateRequest[],
  story: (told: AskedRun) => Promise<T>,
  options: AskedOptions = {},
): Promise<T> {
  const world = options.world ?? newWorld()
  const { control, chat } = gateHands(world)
  const hands: Hands = {
    control: { ...control, ...options.control },
    ...(chat === undefined ? {} : { chat }),
    hosts: {},
  }
  return await withGateWorkers(rig, hands, async () => {
    const handle = await ask(rig, requests)
    const result = async () => {
      // One that has ended already needs no skipping.
      await rig.skipTime(handle.workflowId).catch(() => undefined)
      return await handle.result()
    }
    const told = await story({ world, handle, decider: deciderOf(handle), result })
    await replay(handle)
    return told
  })
}

/** The ledger's decisions, short. */
export function rowsOf(world: World): readonly string[] {
  return decisionsIn(world).map(({ entry, verdict, counted }) => `${entry} ${verdict} ${counted}`)
}
