/** New rules up to the moment in which they may be put in: planned, approved by people, still the same plan, not frozen. */
import type { Gate } from '../../domain/approvals/approval.ts'
import { isSamePlan } from '../../domain/approvals/change-gate.ts'
import {
  type MonitoringPlan,
  type MonitoringRequest,
  monitoringGate,
  monitoringPlan,
} from '../../domain/monitoring/update.ts'
import { onControlPlane } from '../proxies.ts'
import { AGAIN, type Asked, GATE, stopNow } from './approved-change.ts'
import type { Gates } from './gate.ts'
import { onMonitoring } from './monitoring-hands.ts'
import type { Narrator } from './narrate.ts'

export async function planRules({ rules, tests }: MonitoringRequest): Promise<MonitoringPlan> {
  return await onMonitoring('plan', 'Compare the rules; promtool checks and tests them').planRules({ rules, tests })
}

export type AskedRules = Extract<Asked, { kind: 'refused' }> | { readonly kind: 'approved'; readonly words: string }

/**
 * Asks once: whoever edited the file meanwhile has changed what was to be replaced, and a new proposal says so. People and
 * freeze are those of the moment, and freeze is looked at last.
 */
export async function askForRules(
  request: MonitoringRequest,
  planned: MonitoringPlan,
  gates: Gates,
  narrator: Narrator,
  opened: (gate: Gate) => void,
): Promise<AskedRules> {
  narrator.phase('judge')
  narrator.begin(GATE)
  const [team, frozen] = await Promise.all([
    onControlPlane('briefly', 'Read who may approve').readTeam(),
    onControlPlane('briefly', 'Are changes frozen').readFreeze(),
  ])
  const expiresAt = new Date(Date.now() + team.approvals.expireMinutes * 60_000).toISOString()
  const plan = monitoringPlan(request, planned, expiresAt)
  const question = monitoringGate(request, planned, plan, team.approvals, frozen)
  const { kind, gate, words } = await gates.openGateAndWait(question, { opened })
  narrator.done(GATE, words)
  if (kind !== 'approved') return { kind: 'refused', why: words }

  narrator.begin(AGAIN)
  const isSame = isSamePlan(plan, monitoringPlan(request, await planRules(request), expiresAt))
  narrator.done(AGAIN, isSame ? 'yes' : 'no')
  if (!isSame) {
    const why = `${planned.file} has changed meanwhile: what would be replaced is another file. Propose the rules again.`
    await gates.voidApprovals(why)
    return { kind: 'refused', why }
  }
  const stop = await stopNow(gate, gates)
  return stop === null ? { kind: 'approved', words } : { kind: 'refused', why: stop }
}
