/** A run whose id is the lock of a host: whoever comes second waits until the first one has ended in any way. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import { type ChildWorkflowHandle, type ParentClosePolicy, sleep, startChild } from '@temporalio/workflow'
import { changeWorkflowId } from '../../domain/ids.ts'

export interface Turn<A> {
  readonly workflowType: string
  readonly host: string
  readonly argument: A
  readonly parentClosePolicy: ParentClosePolicy
  readonly summary: string
}

/** `waits` is called once when it has to wait in line. */
export async function takeTurn<A, R>(
  { workflowType, host, argument, parentClosePolicy, summary }: Turn<A>,
  waits: () => void,
): Promise<ChildWorkflowHandle<(argument: A) => Promise<R>>> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startChild<(argument: A) => Promise<R>>(workflowType, {
        workflowId: changeWorkflowId(host),
        args: [argument],
        parentClosePolicy,
        staticSummary: summary,
      })
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      if (tries === 1) waits()
      await sleep('30 seconds', { summary: `until the other change of ${host} has ended` })
    }
  }
}

export function heldBy(host: string): string {
  return `waits in line: another change of ${host} is under way (${changeWorkflowId(host)})`
}
