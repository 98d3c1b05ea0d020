/** A change of a host up to the moment in which it may begin: planned by a dry run, approved by people, still the same plan, not frozen. */
import { isCancellation, TemporalFailure } from '@temporalio/workflow'
import type { Gate } from '../../domain/approvals/approval.ts'
import { changeGate, changePlan, isSamePlan, reasonToStop } from '../../domain/approvals/change-gate.ts'
import type { ChangeRequest, ChangeResult, WorkaroundPlan } from '../../domain/changes.ts'
import type { Estate } from '../../domain/estate.ts'
import { parseHostName } from '../../domain/ids.ts'
import type { Verdict } from '../../domain/verdicts.ts'
import { onControlPlane, onHost } from '../proxies.ts'
import type { Order } from './carry-out.ts'
import { failureWords, tellIncident } from './change-words.ts'
import type { GateOutcome, Gates } from './gate.ts'
import type { Narrator } from './narrate.ts'

export const GATE = 'Wait for approval'
export const AGAIN = 'Dry run again: is it still the plan that was approved'

export const VERDICTS: Readonly<Record<ChangeResult['state'], Verdict>> = {
  done: 'ok',
  refused: 'unknown',
  cancelled: 'unknown',
  reverted: 'warn',
  failed: 'fail',
}

/** Null when the estate has no such host. */
export function orderOf({ change }: ChangeRequest, { hosts, service }: Estate): Order | null {
  const host = parseHostName(change.host)
  if (host === null || !hosts.some(({ name }) => name === host)) return null
  return { host, service, request: change }
}

/** `approved`: what people have let pass, for the host to say whether it still holds. */
export async function dryRun({ host, service, request }: Order, approved?: WorkaroundPlan): Promise<WorkaroundPlan> {
  const order = { service, request, ...(approved === undefined ? {} : { approved }) }
  return await onHost(host, 'read', `Dry run: ${request.name} on ${host}`).planChange(order)
}

export type Asked =
  | { readonly kind: 'approved'; readonly gate: Gate; readonly words: string; readonly plan: WorkaroundPlan }
  | { readonly kind: 'refused'; readonly why: string }

/** Asks until the approved plan is the one of this moment, and looks last whether changes were frozen meanwhile. */
export async function askPeople(
  request: ChangeRequest,
  order: Order,
  planned: WorkaroundPlan,
  gates: Gates,
  narrator: Narrator,
): Promise<Asked> {
  const asked = await askUntilItHolds(request, order, planned, gates, narrator)
  if (asked.kind === 'refused') return asked
  const stop = await stopNow(asked.gate, gates)
  return stop === null ? asked : { kind: 'refused', why: stop }
}

/** The last look before it begins: why it must not, and then the approval is void; null when nothing stands against it. */
export async function stopNow(gate: Gate, gates: Gates): Promise<string | null> {
  const frozen = await onControlPlane('briefly', 'Are changes frozen now').readFreeze()
  const stop = reasonToStop(gate, frozen, new Date().toISOString())
  if (stop !== null) await gates.voidApprovals(stop)
  return stop
}

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
    const now = await dryRun(order, planned)
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
export async function ask(request: ChangeRequest, planned: WorkaroundPlan, gates: Gates): Promise<GateOutcome> {
  const [team, frozen] = await Promise.all([
    onControlPlane('briefly', 'Read who may approve').readTeam(),
    onControlPlane('briefly', 'Are changes frozen').readFreeze(),
  ])
  const expiresAt = new Date(Date.now() + team.approvals.expireMinutes * 60_000).toISOString()
  const title = planned.title
  const question = changeGate(request, title, changePlan(request, planned, expiresAt), team.approvals, frozen)
  return await gates.openGateAndWait(question, {
    opened: ({ approvalId }) => {
      void tellIncident(request, 'awaiting-approval', approvalId)
    },
  })
}

/**
 * What stops it before anything was done ends in words, and so does a cancellation; an approval is then of no use any more.
 * `story` throws for nothing that happens once it has begun to change the host: from there on it says itself how it ended.
 */
export async function endingInWords(gates: Gates, story: () => Promise<ChangeResult>): Promise<ChangeResult> {
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

export function refused(why: string): ChangeResult {
  return { state: 'refused', outcome: why }
}
