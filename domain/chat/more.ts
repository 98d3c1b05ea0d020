/** What is behind "More…": everything that can be said of an incident and has no button on its card. */
import { type Incident, type IncidentStatus, incidentName } from '../incident/incident.ts'
import { isOpen } from '../incident/transitions.ts'
import type { PersonId } from '../team/team.ts'
import { button, buttons, section } from './blocks.ts'
import { ACTIONS, type ButtonValue, type MoreForm, moreAction } from './chat.ts'
import { type ModalView, noticeModal } from './modals.ts'
import { type Markup, markup } from './text.ts'

interface Offered {
  readonly action: string
  readonly label: string
}

const LABELS: Readonly<Record<MoreForm, string>> = {
  classify: 'Severity, category, impact',
  'hand-off': 'Hand over',
  role: 'Give a role',
  page: 'Page somebody',
  note: 'Note',
  fix: 'Deploy a fix',
  'follow-up': 'Follow-up',
  'follow-up-done': 'Follow-up is done',
  review: 'Post-mortem',
  'false-alarm': 'False alarm',
  merge: 'Same as another one',
  reopen: 'It is back: reopen',
}

/** Shown instead of a card's rows of buttons, so that the card keeps those that are pressed at night. */
export function moreModal(incident: Incident, value: ButtonValue, person: PersonId): ModalView {
  const rows = groupsOf(incident, person).flatMap(([title, offered], index) => [
    ...section([title]),
    ...buttons(
      `more:${index}`,
      offered.map(one => button({ ...one, value })),
    ),
  ])
  const over = section([markup`${incidentName(incident.number)} is over; its timeline is on its card.`])
  return { ...noticeModal(`${incidentName(incident.number)}: more`, []), blocks: rows.length === 0 ? over : rows }
}

function groupsOf(incident: Incident, person: PersonId): readonly (readonly [Markup, readonly Offered[]])[] {
  const { status, followUps, subscribers } = incident
  if (status === 'closed') return []
  const isFollowing = subscribers.includes(person)
  const follow = isFollowing
    ? { action: ACTIONS.unsubscribe, label: 'Hear of it no more' }
    : { action: ACTIONS.subscribe, label: 'Hear of every update' }
  const isDue = followUps.some(({ doneAt }) => doneAt === null)
  return [
    [markup`*Who*`, [...forms(whoIn(status)), follow]],
    [markup`*What is known*`, forms(isOpen(status) ? ['classify', 'note', 'fix'] : ['classify', 'note'])],
    [markup`*Afterwards*`, forms(['review', 'follow-up', ...(isDue ? (['follow-up-done'] as const) : [])])],
    [markup`*How it ends*`, forms(isOpen(status) ? ['false-alarm', 'merge'] : ['reopen', 'false-alarm', 'merge'])],
  ]
}

function whoIn(status: IncidentStatus): readonly MoreForm[] {
  return isOpen(status) ? ['page', 'hand-off', 'role'] : ['hand-off', 'role']
}

function forms(names: readonly MoreForm[]): readonly Offered[] {
  return names.map(name => ({ action: moreAction(name), label: LABELS[name] }))
}

/** Of the form as well. */
export function moreLabel(form: MoreForm): string {
  return LABELS[form]
}
