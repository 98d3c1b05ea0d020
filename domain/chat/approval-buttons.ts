/** The buttons of an open decision. They carry ids and the digest that was shown, never a right. */
import type { Gate } from '../approvals/approval.ts'
import { button, linkButton } from './blocks.ts'
import type { CardContext } from './card-context.ts'
import { ACTIONS, type Block, type ButtonValue } from './chat.ts'

export function approvalButtons(gate: Gate, { uiUrl }: CardContext): readonly Block[] {
  const { request, digest } = gate
  const value: ButtonValue = { v: 1, w: gate.workflowId, a: gate.approvalId, d: digest.slice(0, 12) }
  const confirm = {
    title: 'Approve this?',
    text: `${request.title}. Plan ${digest.slice(0, 12)}. Impact: ${request.plan.impact}`,
  }
  return [
    button({ action: ACTIONS.approve, label: 'Approve', style: 'primary', value, confirm }),
    button({ action: ACTIONS.deny, label: 'Deny', style: 'danger', value }),
    button({ action: ACTIONS.withdraw, label: 'Withdraw', value }),
    ...(request.policy.alone === null ? [] : [button({ action: ACTIONS.approveAlone, label: 'Approve alone', value })]),
    button({ action: ACTIONS.approvalDetails, label: 'Details', value }),
    ...(uiUrl === undefined ? [] : [linkButton(ACTIONS.link, 'Open run', uiUrl)]),
  ]
}
