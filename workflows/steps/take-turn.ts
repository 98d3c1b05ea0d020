/** A run whose id is the lock of a host: whoever comes second waits until the first one has ended in any way. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  type ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  type ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow'
import { changeWorkflowId } from '../../domain/ids.ts'

export interface Turn<A> {
  readonly workflowType: string
  readonly host: string
  readonly argument: A
  readonly parentClosePolicy: ParentClosePolicy
  /** What becomes of it when whoever waits for it is told to stop; the policy of Temporal when absent. */
  readonly cancellationType?: ChildWorkflowCancellationType
  readonly summary: string
}

/**
 * `waits` is called once when it has to wait in line; `asks` before each try, with true, and with false when nothing came of
 * it: in between nobody knows yet whether it runs.
 */
export async function takeTurn<A, R>(
  { workflowType, host, argument, parentClosePolicy, cancellationType, summary }: Turn<A>,
  waits: () => void,
  asks: (isOut: boolean) => void = () => undefined,
): Promise<ChildWorkflowHandle<(argument: A) => Promise<R>>> {
  for (let tries = 1; ; tries += 1) {
    try {
      asks(true)
      return await startChild<(argument: A) => Promise<R>>(workflowType, {
        workflowId: changeWorkflowId(host),
        args: [argument],
        parentClosePolicy,
        ...(cancellationType === undefined ? {} : { cancellationType }),
        staticSummary: summary,
      })
    } catch (error) {
      asks(false)
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      if (tries === 1) waits()
      await sleep('30 seconds', { summary: `until the other change of ${host} has ended` })
    }
  }
}

export function heldBy(host: string): string {
  return `waits in line: another change of ${host} is under way (${changeWorkflowId(host)})`
}
