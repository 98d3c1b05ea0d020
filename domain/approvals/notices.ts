/** What a gate says beside its card: that it still waits, that others are asked now, and that approvers were passed over. */
import { section } from '../chat/blocks.ts'
import { mentionOf } from '../chat/card-context.ts'
import type { ChatMessage } from '../chat/chat.ts'
import { code, joined, type Markup, markup } from '../chat/text.ts'
import type { PersonId, Team } from '../team/team.ts'
import type { Gate } from './approval.ts'
import { askedPeople, skippedApprovers } from './gate.ts'
import { endingWords } from './rows.ts'

export type NoticeKind = 'remind' | 'escalate' | 'skipped'

export interface Notice {
  readonly people: readonly PersonId[]
  /** Mail addresses of those who have one. */
  readonly addresses: readonly string[]
  readonly message: ChatMessage
  readonly mail: { readonly subject: string; readonly text: string }
}

/** Null when there is nobody to tell. */
export function gateNotice(kind: NoticeKind, gate: Gate, team: Team): Notice | null {
  const people = kind === 'skipped' ? skippedApprovers(gate, team.groups) : askedPeople(gate, team.groups)
  if (people.length === 0) return null
  const words = wordsOf(kind, gate)
  const mentions = joined(
    people.map(person => mentionOf(team, person)),
    ' ',
  )
  const line: Markup = markup`${mentions} ${words} ${code(gate.approvalId)}`
  const { request, approvalId } = gate
  return {
    people,
    addresses: team.people.filter(({ id }) => people.includes(id)).flatMap(({ email }) => email ?? []),
    // The plain text is what a notification shows, and Slack reads mentions in it.
    message: { text: line.mrkdwn, blocks: section([line]) },
    mail: {
      subject: `[APPROVAL] ${approvalId} ${request.title}`,
      text: [
        words,
        '',
        `What:   ${request.title}`,
        `Why:    ${request.why}`,
        ...request.plan.steps.map(step => `        ${step}`),
        `Impact: ${request.plan.impact}`,
        `Undo:   ${request.plan.undo ?? 'cannot be taken back'}`,
        '',
        kind === 'skipped'
          ? `Look at it, and review it: ops review ${approvalId} --reason R`
          : `Until ${gate.expiresAt}: ops approve ${approvalId} --reason R, or ops deny ${approvalId} --reason R`,
      ].join('\n'),
    },
  }
}

function wordsOf(kind: NoticeKind, gate: Gate): string {
  const { request } = gate
  switch (kind) {
    case 'remind':
      return `${request.title}: this still waits for your decision.`
    case 'escalate':
      return `${request.title}: nobody of the group ${request.policy.group} has decided, so the group ${request.policy.escalation} is asked as well.`
    case 'skipped':
      return `${request.title}: this was decided without you. ${endingWords(gate)} It has to be reviewed.`
  }
}
