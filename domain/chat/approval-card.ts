/** The card of a decision: what, why, evidence, who may, until when; afterwards the verdict, and no buttons. */
import type { Gate, GateState } from '../approvals/approval.ts'
import { approvalButtons } from './approval-buttons.ts'
import { refusedLines, verdictLines, votesOf, withdrawnLines } from './approval-verdict.ts'
import { buttons, context, fields, header, section } from './blocks.ts'
import { type CardContext, freezeBanner, nameOf } from './card-context.ts'
import type { ChatMessage } from './chat.ts'
import { LIMITS } from './limits.ts'
import { code, escaped, joined, type Markup, markup, moment, oneLine, paragraph, piece } from './text.ts'

const STEPS = 12
const EVIDENCE = 8

export function approvalCard(gate: Gate, card: CardContext): ChatMessage {
  const headline = `${STATE_WORDS[gate.state](gate)}: ${oneLine(gate.request.title)}`
  const isOpen = gate.state === 'open'
  const blocks = [
    ...(isOpen ? freezeBanner(card.freeze) : []),
    header(headline),
    ...section(isOpen ? [] : verdictLines(gate, card)),
    ...section(whyLines(gate, card)),
    ...section(planLines(gate)),
    ...fields(consequences(gate)),
    ...(isOpen ? section(askedLines(gate, card)) : []),
    ...context([...withdrawnLines(gate, card), ...refusedLines(gate, card)]),
    ...(isOpen ? buttons(`approval:${gate.approvalId}`.slice(0, 255), approvalButtons(gate, card)) : []),
    ...context([footer(gate, card)]),
  ]
  return { text: escaped(headline, LIMITS.text), blocks }
}

/** Loud where somebody went past the rule. */
const STATE_WORDS: Readonly<Record<GateState, (gate: Gate) => string>> = {
  open: () => 'Approval needed',
  approved: ({ special }) =>
    special === 'breakglass' ? 'BREAK-GLASS' : special === 'approve-alone' ? 'Approved ALONE' : 'Approved',
  denied: () => 'Denied',
  expired: () => 'Expired, not approved',
  void: () => 'Void, the plan changed',
  cancelled: () => 'Cancelled',
}

function whyLines({ request }: Gate, { team }: CardContext): readonly Markup[] {
  const { requestedBy, incident, why, evidence } = request
  const asker = requestedBy === null ? markup`ops` : nameOf(team, requestedBy)
  const lines = [markup`*Asked by* ${asker}${incident === null ? markup`` : markup` for ${incident}`}`, piece(why, 800)]
  if (evidence.length > 0) lines.push(markup`*Evidence*`, ...evidence.slice(0, EVIDENCE).map(one => markup`• ${one}`))
  return lines
}

/** Exactly what is approved. What does not fit here is under "Details"; the digest covers all of it. */
function planLines({ request: { plan }, digest }: Gate): readonly Markup[] {
  const parameters = Object.entries(plan.parameters).map(([name, value]) => code(`${name}=${value}`, 120))
  return [
    markup`*Will do* ${code(plan.procedure, 80)} on ${plan.targets.join(', ')} (plan ${code(digest.slice(0, 12))})`,
    ...plan.steps.slice(0, STEPS).map((step, index) => markup`${index + 1}. ${piece(step, 200)}`),
    ...(plan.steps.length > STEPS ? [markup`… ${plan.steps.length - STEPS} more steps`] : []),
    ...(parameters.length === 0 ? [] : [markup`with ${joined(parameters.slice(0, STEPS), ' ')}`]),
  ]
}

function consequences({ request: { plan } }: Gate): readonly (readonly Markup[])[] {
  return [
    [markup`*Impact*`, paragraph(plan.impact, 900)],
    [markup`*Way back*`, plan.undo === null ? markup`none: this cannot be taken back` : paragraph(plan.undo, 900)],
  ]
}

function askedLines(gate: Gate, { team }: CardContext): readonly Markup[] {
  const { policy, requestedBy } = gate.request
  const votes = votesOf(gate)
  const groups = gate.escalatedAt === null ? policy.group : `${policy.group} or ${policy.escalation}`
  const except = requestedBy === null ? markup`` : markup`, not ${nameOf(team, requestedBy)}`
  const lines = [
    markup`*Needs ${policy.quorum}* of ${groups}${except} · *${votes.length}/${policy.quorum}* · expires ${moment(gate.expiresAt)}`,
    ...votes.map(({ person, at, door }) => markup`• ${nameOf(team, person)} approves, ${moment(at)} via ${door}`),
  ]
  if (policy.alone !== null) {
    const who =
      policy.holderOf === undefined
        ? nameOf(team, policy.alone)
        : markup`Whoever then holds the acknowledgement of the Critical incident`
    lines.push(markup`${who} may approve alone, with a reason and a review afterwards.`)
  }
  return lines
}

function footer({ approvalId, workflowId }: Gate, { now }: CardContext): Markup {
  return markup`${code(approvalId, 120)} · ${code(workflowId, 600)} · updated ${moment(now)}`
}
