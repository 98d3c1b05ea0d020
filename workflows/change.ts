/**
 * Change: one approved change of one host for one incident (S47). Its id, `change:<host>`, is the lock of the host.
 *
 * 1. Verify who asks, and read today's estate and people, and whether changes are frozen.
 * 2. Dry run on the host: what exactly would be done.
 * 3. Ask people; while frozen, the emergency group.
 * 4. Dry run again: another plan makes the approval void, and people are asked once more.
 * 5. Look again whether changes are frozen, note it (a restart as planned), carry it out.
 * 6. Watch until the service answers; otherwise take it back.
 *
 * Until step 5 a crash leaves nothing behind and the run goes on where it was. Carrying out is tried once: when its end is
 * not known, a look at the host decides whether it was done, and what nobody can tell goes to people, never to a second try.
 * Whoever may end the incident may cancel this run: an open question is taken back, a change under way is reverted.
 * It waits for people as long as the gate does; the rest takes minutes, and an approval older than ten is not used.
 */
import { askedForChange } from '../domain/approvals/change-gate.ts'
import type { ChangeRequest, ChangeResult } from '../domain/changes.ts'
import { onControlPlane } from './proxies.ts'
import { AGAIN, askPeople, dryRun, endingInWords, GATE, orderOf, refused, VERDICTS } from './steps/approved-change.ts'
import { carryOut } from './steps/carry-out.ts'
import { showChange, tellIncident } from './steps/change-words.ts'
import { type Gates, keepGates } from './steps/gate.ts'
import { type Narrator, narrate } from './steps/narrate.ts'
import { reasonNotToPlan } from './steps/proven-request.ts'

const READ = 'Verify who asks; read estate, people and the freeze switch'
const PLAN = 'Dry run on the host'
const CARRY_OUT = 'Carry it out and verify'

export async function change(request: ChangeRequest): Promise<ChangeResult> {
  const gates = keepGates()
  const narrator = narrate([READ, PLAN, GATE, AGAIN, CARRY_OUT])
  showChange(request)
  const result = await endingInWords(gates, () => changeHost(request, gates, narrator))
  await gates.settle()
  narrator.close(VERDICTS[result.state])
  return result
}

async function changeHost(request: ChangeRequest, gates: Gates, narrator: Narrator): Promise<ChangeResult> {
  narrator.phase('gather')
  narrator.begin(READ)
  const unproven = await reasonNotToPlan(askedForChange(request), request.proof)
  if (unproven !== null) return refused(unproven)
  const estate = await onControlPlane('briefly', 'Read the estate file').readEstate()
  const order = orderOf(request, estate)
  if (order === null) return refused(`The estate has no host ${request.change.host}.`)
  narrator.done(READ)

  narrator.begin(PLAN)
  const planned = await dryRun(order)
  narrator.done(PLAN, planned.title)

  const asked = await askPeople(request, order, planned, gates, narrator)
  if (asked.kind === 'refused') return refused(asked.why)

  narrator.phase('act')
  narrator.begin(CARRY_OUT)
  void tellIncident(request, 'running', asked.words)
  const result = await carryOut({ ...order, plan: asked.plan }, request)
  narrator.done(CARRY_OUT, result.outcome)
  return result
}
