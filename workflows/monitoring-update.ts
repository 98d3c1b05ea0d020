/**
 * Monitoring update: new rules come to Prometheus (S54). Its id, `change:monitoring`, is the lock.
 *
 * 1. Verify who asks. Compare with the rules in force; promtool checks the new ones and runs their unit tests. What fails ends here.
 * 2. Ask people; while frozen, the emergency group. They sign the digests of both files and the difference.
 * 3. Compare again: another plan, or a freeze since, makes the approval void.
 * 4. Note it, replace the file in one step and reload.
 * 5. Within a minute exactly the new rules must be in force; otherwise the former file is put back and seen again.
 *
 * Until step 4 a crash or a cancellation leaves nothing behind. Replacing recognises by digest how far a killed try came, and
 * goes on. A cancellation after that puts the former file back. It waits for people as long as the gate; the rest takes minutes.
 */
import { ActivityFailure, CancellationScope, log } from '@temporalio/workflow'
import type { ChangeResult } from '../domain/changes.ts'
import { askedForRules, type MonitoringRequest, updateTitle } from '../domain/monitoring/update.ts'
import { AGAIN, endingInWords, GATE, refused, VERDICTS } from './steps/approved-change.ts'
import { askForRules, planRules } from './steps/approved-rules.ts'
import { type Gates, keepGates } from './steps/gate.ts'
import { type Narrator, narrate } from './steps/narrate.ts'
import { reasonNotToPlan } from './steps/proven-request.ts'
import { replaceRules } from './steps/replace-rules.ts'
import { noteInIncident, noteInLedger } from './steps/tell-monitoring.ts'

const PLAN = 'Compare, check and test the rules'
const REPLACE = 'Replace the file, reload, see the rules in force'

export async function monitoringUpdate(request: MonitoringRequest): Promise<ChangeResult> {
  const gates = keepGates()
  const narrator = narrate([PLAN, GATE, AGAIN, REPLACE])
  const result = await endingInWords(gates, () => update(request, gates, narrator))
  await CancellationScope.nonCancellable(() => tellEnd(request, result))
  await gates.settle()
  narrator.close(VERDICTS[result.state])
  return result
}

async function update(request: MonitoringRequest, gates: Gates, narrator: Narrator): Promise<ChangeResult> {
  narrator.phase('gather')
  narrator.begin(PLAN)
  const unproven = await reasonNotToPlan(askedForRules(request), request.proof)
  if (unproven !== null) return refused(unproven)
  const planned = await planRules(request)
  narrator.done(PLAN, planned.summary)

  const title = updateTitle(planned)
  const asked = await askForRules(request, planned, gates, narrator, ({ approvalId }) => {
    void noteInIncident(request, 'asked', `${title}; waits for a decision: ${approvalId}`)
  })
  if (asked.kind === 'refused') return refused(`${title}: ${asked.why}`)

  narrator.phase('act')
  narrator.begin(REPLACE)
  await noteInLedger(request, 'planned', `${title}. ${asked.words}`)
  const result = await replaceRules(planned)
  narrator.done(REPLACE, result.outcome)
  return result
}

/** The ledger has the decision anyway; one that is away does not hold the lock. */
async function tellEnd(request: MonitoringRequest, { state, outcome }: ChangeResult): Promise<void> {
  await noteInIncident(request, 'ended', `${state}: ${outcome}`)
  try {
    await noteInLedger(request, 'ended', `${state}: ${outcome}`)
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error
    log.warn('the end is not in the ledger', { error })
  }
}
