/** What a card has no room for, to be read in a form without a button: the timeline, the whole plan. */
import type { Gate } from '../approvals/approval.ts'
import { type Incident, incidentName } from '../incident/incident.ts'
import type { Team } from '../team/team.ts'
import { nameOf } from './card-context.ts'
import { type ModalView, noticeModal } from './modals.ts'
import { code, type Markup, markup, moment, piece } from './text.ts'

const ENTRIES = 20

/** As much of an incident as its timeline needs. */
export type TimelineStory = Pick<Incident, 'number' | 'timeline' | 'entries'>

/** The newest entries, newest first. All of them are in the ledger. */
export function timelineModal({ number, timeline, entries }: TimelineStory, team: Team): ModalView {
  const lines = timeline
    .slice(-ENTRIES)
    .toReversed()
    .map(({ seq, at, by, text }) => {
      const who = by.person === null ? piece(by.door) : nameOf(team, by.person)
      return markup`${seq}. ${moment(at)} ${who}: ${piece(text, 120)}`
    })
  const rest = entries - lines.length
  const more =
    rest > 0 ? [markup`${rest} earlier entries: ${code(`ops incident timeline ${incidentName(number)}`)}`] : []
  return noticeModal(`${incidentName(number)} timeline`, [...more, ...lines])
}

/** Exactly what the digest stands for, as far as a form holds it. */
export function planModal({ request: { title, plan }, digest, approvalId }: Gate): ModalView {
  const parameters: readonly Markup[] = Object.entries(plan.parameters).map(
    ([name, value]) => markup`• ${name} = ${code(value, 200)}`,
  )
  return noticeModal('The plan', [
    markup`*${title}*`,
    markup`${plan.procedure} ${plan.version} on ${plan.targets.join(', ')}, ${code(approvalId, 120)}`,
    markup`Digest ${code(digest)}`,
    ...plan.steps.map((step, index) => markup`${index + 1}. ${step}`),
    ...parameters,
    markup`Impact: ${plan.impact}`,
    markup`Way back: ${plan.undo ?? 'none'}`,
    markup`Counts until ${moment(plan.expiresAt)}`,
  ])
}
