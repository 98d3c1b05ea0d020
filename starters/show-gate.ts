/** A question and a decision on it, at a terminal. */
import type { Gate } from '../domain/approvals/approval.ts'
import { approvalsOf, decidingGroups } from '../domain/approvals/gate.ts'
import { clock } from '../domain/clock.ts'
import type { Judgement } from './gate-door.ts'
import type { Terminal } from './terminal.ts'

/** So many of the last tries that were refused or taken back. */
const TOLD = 3

/** Everything that a person needs for a decision. */
export function gateLines(gate: Gate, { paint }: Pick<Terminal, 'paint'>): readonly string[] {
  const { approvalId, request, digest, expiresAt } = gate
  const { policy, plan } = request
  const counted = approvalsOf(gate)
  const tried = gate.attempts.filter(one => !one.counted || one.verdict === 'withdraw').slice(-TOLD)
  return [
    `${paint('bold', approvalId)}  ${request.title}${request.incident === null ? '' : ` (${request.incident})`}`,
    `  why      ${request.why}`,
    ...request.evidence.map(line => `  evidence ${line}`),
    ...plan.steps.map((step, index) => `  ${index === 0 ? 'does    ' : '        '} ${step}`),
    `  impact   ${plan.impact}`,
    `  undo     ${plan.undo ?? 'cannot be taken back'}`,
    `  needs    ${counted.length} of ${policy.quorum} of ${decidingGroups(gate).join(' or ')}, not ${request.requestedBy ?? 'ops'}, until ${clock(expiresAt)}`,
    ...(counted.length === 0 ? [] : [`  counts   ${counted.join(', ')}`]),
    ...tried.map(({ verdict, person, door, at, counted: held, reason, refusal }) => {
      return `  tried    ${verdict} by ${person} via ${door} at ${clock(at)}: ${held ? reason : refusal}`
    }),
    paint('dim', `  plan ${digest.slice(0, 12)}   ops approve ${approvalId} --reason R`),
  ]
}

/** What became of somebody's decision. */
export function judgementLine({ gate, attempt }: Judgement): string {
  const { approvalId, request, state, expiresAt } = gate
  if (!attempt.counted) return notCounted(attempt.refusal)
  return state === 'open'
    ? `counted: ${approvalsOf(gate).length} of ${request.policy.quorum}; ${approvalId} is open until ${clock(expiresAt)}`
    : `${approvalId} is ${state}: ${request.title}`
}

export function notCounted(why: string): string {
  return `not counted: ${why}`
}
