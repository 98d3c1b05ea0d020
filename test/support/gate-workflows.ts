/** The bundle of the gate tests: runs that only ask or only listen, beside the procedures that ask. */
import { condition, setHandler } from '@temporalio/workflow'
import type { GateRequest } from '../../domain/approvals/approval.ts'
import { changeMovedSignal } from '../../workflows/messages.ts'
import { type GateOutcome, keepGates } from '../../workflows/steps/gate.ts'

export { change } from '../../workflows/change.ts'
export { fix } from '../../workflows/fix.ts'
export { fixTest } from '../../workflows/fix-test.ts'
export { lateCard } from '../../workflows/late-card.ts'
export { lateRows } from '../../workflows/late-rows.ts'
export { monitoringUpdate } from '../../workflows/monitoring-update.ts'

/** Asks one question after the other and gives all answers. */
export async function askAll(requests: readonly GateRequest[]): Promise<readonly GateOutcome[]> {
  const gates = keepGates()
  const outcomes: GateOutcome[] = []
  for (const request of requests) outcomes.push(await gates.openGateAndWait(request))
  await gates.settle()
  return outcomes
}

/** Stands in for an incident: gives the words of so many moves that it was told. */
export async function listen(moves: number): Promise<readonly string[]> {
  const texts: string[] = []
  setHandler(changeMovedSignal, ({ number, state, outcome }) => {
    texts.push(`${number} ${state}: ${outcome}`)
  })
  await condition(() => texts.length >= moves)
  return texts
}
