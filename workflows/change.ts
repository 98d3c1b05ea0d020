/**
 * Change: one approved change of one host for one incident (S47). Its id, `change:<host>`, is the lock of the host.
 *
 * 1. Read today's estate and people, and whether changes are frozen.
 * 2. Dry run on the host: what exactly would be done.
 * 3. Ask people; while frozen, the emergency group.
 * 4. Dry run again: another plan makes the approval void, and people are asked once more.
 * 5. Look again whether changes are frozen, note a restart as planned, carry it out.
 * 6. Watch until the service answers; otherwise take it back.
 *
 * Until step 5 a crash leaves nothing behind and the run goes on where it was. Carrying out is tried once: when its end is
 * not known, a look at the host decides whether it was done, and what nobody can tell goes to people, never to a second try.
 * Whoever may end the incident may cancel this run: an open question is taken back, a change under way is reverted.
 * It waits for people as long as the gate does; the rest takes minutes, and an approval older than ten is not used.
 */
import { isCancellation, TemporalFailure } from '@temporalio/workflow'
import type { Gate } from '../domain/approvals/approval.ts'
import { changeGate, changePlan, isSamePlan, reasonToStop } from '../domain/approvals/change-gate.ts'
import type { ChangeRequest, ChangeResult, WorkaroundPlan } from '../domain/changes.ts'
import type { Estate } from '../domain/estate.ts'
import { parseHostName } from '../domain/ids.ts'
import type { Verdict } from '../domain/verdicts.ts'
import { onControlPlane, onHost } from './proxies.ts'
import { carryOut, type Order } from './steps/carry-out.ts'
import { failureWords, showChange, tellIncident } from './steps/change-words.ts'
import { type Gates, keepGates } from './steps/gate.ts'
import { type Narrator, narrate } from './steps/narrate.ts'

const READ = 'Read estate, people and the freeze switch'
const PLAN = 'Dry run on the host'
const GATE = 'Wait for approval'
const AGAIN = 'Dry run again: is it still the plan that was approved'
const CARRY_OUT = 'Carry it out and verify'

const VERDICTS: Readonly<Record<ChangeResult['state'], Verdict>> = {
  done: 'ok',
  refused: 'unknown',
  cancelled: 'unknown',
  reverted: 'warn',
  failed: 'fail',
}

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
  const estate = await onControlPlane('briefly', 'Read the estate file').readEstate()
  const order = orderOf(request, estate)
  if (order === null) return refused(`The estate has no host ${request.change.host}.`)
  narrator.done(READ)

  narrator.begin(PLAN)
  const planned = await dryRun(order)
  narrator.done(PLAN, planned.title)

  const approved = await askUntilItHolds(request, order, planned, gates, narrator)
  if (approved.kind === 'refused') return refused(approved.why)
  const frozen = await onControlPlane('briefly', 'Are changes frozen now').readFreeze()
  const stop = reasonToStop(approved.gate, frozen, new Date().toISOString())
  if (stop !== null) {
    await gates.voidApprovals(stop)
    return refused(stop)
  }

  narrator.phase('act')
  narrator.begin(CARRY_OUT)
  void tellIncident(request, 'running', `${approved.words} ${planned.title} begins.`)
  const result = await carryOut({ ...order, plan: approved.plan }, request)
  narrator.done(CARRY_OUT, result.outcome)
  return result
}

type Asked =
  | { readonly kind: 'approved'; readonly gate: Gate; readonly words: string; readonly plan: WorkaroundPlan }
  | { readonly kind: 'refused'; readonly why: string }

/** Asks at most twice: a host that changes faster than people can read is no place for an automatic change. */
async function askUntilItHolds(
  request: ChangeRequest,
  order: Order,
  first: WorkaroundPlan,
  gates: Gates,
  narrator: Narrator,
): Promise<Asked> {
  let planned = first
  for (let asked = 1; asked <= 2; asked += 1) {
    narrator.phase('judge')
    narrator.begin(GATE)
    const outcome = await ask(request, planned, gates)
    narrator.done(GATE, outcome.words)
    if (outcome.kind !== 'approved') return { kind: 'refused', why: outcome.words }

    narrator.begin(AGAIN)
    const now = await dryRun(order)
    const { gate, words } = outcome
    const { plan } = gate.request
    if (isSamePlan(plan, changePlan(request, now, plan.expiresAt))) {
      narrator.done(AGAIN, 'yes')
      return { kind: 'approved', gate, words, plan: now }
    }
    narrator.done(AGAIN, 'no: asked anew')
    await gates.voidApprovals('The host has changed meanwhile: what would be done now is another plan.')
    planned = now
  }
  return { kind: 'refused', why: 'The host keeps changing: twice the plan was another one when it had been approved.' }
}

/** People and freeze are those of this moment; a card that waits for an hour is judged by people as of the decision. */
async function ask(request: ChangeRequest, planned: WorkaroundPlan, gates: Gates) {
  const [team, frozen] = await Promise.all([
    onControlPlane('briefly', 'Read who may approve').readTeam(),
    onControlPlane('briefly', 'Are changes frozen').readFreeze(),
  ])
  const expiresAt = new Date(Date.now() + team.approvals.expireMinutes * 60_000).toISOString()
  const title = planned.title
  const question = changeGate(request, title, changePlan(request, planned, expiresAt), team.approvals, frozen)
  return await gates.openGateAndWait(question, {
    opened: ({ approvalId }) => {
      void tellIncident(request, approvalId, `${title} waits for approval: ${approvalId}.`)
    },
  })
}

function orderOf({ change }: ChangeRequest, { hosts, service }: Estate): Order | null {
  const host = parseHostName(change.host)
  if (host === null || !hosts.some(({ name }) => name === host)) return null
  return { host, service, request: change }
}

async function dryRun({ host, service, request }: Order): Promise<WorkaroundPlan> {
  return await onHost(host, 'read', `Dry run: ${request.name} on ${host}`).planChange({ service, request })
}

/** What stops it before anything was done ends in words, and so does a cancellation; an approval is then of no use any more. */
async function endingInWords(gates: Gates, story: () => Promise<ChangeResult>): Promise<ChangeResult> {
  try {
    return await story()
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error
    const ending: ChangeResult = isCancellation(error)
      ? { state: 'cancelled', outcome: 'It was cancelled before it began; nothing was changed.' }
      : { state: 'failed', outcome: `It could not begin: ${failureWords(error)} Nothing was changed.` }
    await gates.voidApprovals(ending.outcome)
    return ending
  }
}

function refused(why: string): ChangeResult {
  return { state: 'refused', outcome: why }
}
