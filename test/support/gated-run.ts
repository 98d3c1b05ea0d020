/** A change that asks first, told from its start to its end: real workers, somebody who decides, and the replay of what happened. */
import assert from 'node:assert/strict'
import type { WorkflowHandle } from '@temporalio/client'
import type { ChangeResult } from '../../domain/changes.ts'
import { type Decider, deciderOf, replay, withGateWorkers } from './gate-rig.ts'
import type { Hands, Rig } from './workflow-rig.ts'

type GatedHandle<Request> = WorkflowHandle<(request: Request) => Promise<ChangeResult>>

export interface GatedRun<Request> {
  readonly handle: GatedHandle<Request>
  readonly decider: Decider
  /** How it ends, with time skipped while nothing runs: nobody decides any more. */
  result(): Promise<ChangeResult>
}

export async function tellGated<Request, T>(
  rig: Rig,
  hands: Hands,
  start: () => Promise<GatedHandle<Request>>,
  story: (told: GatedRun<Request>) => Promise<T>,
): Promise<T> {
  return await withGateWorkers(rig, hands, async () => {
    const handle = await start()
    const told = await story({
      handle,
      decider: deciderOf(handle),
      async result() {
        // One that has ended already needs no skipping.
        await rig.skipTime(handle.workflowId).catch(() => undefined)
        return await handle.result()
      },
    })
    await replay(handle)
    return told
  })
}

/** The story in which Ben approves as soon as he is asked. */
export async function approvedByBen<Request>({ decider, result }: GatedRun<Request>): Promise<ChangeResult> {
  await decider.open()
  assert.equal((await decider.say('ben', 'approve')).refusal, '')
  return await result()
}
