/** Which buttons the card of an incident has. Whether a press counts is decided by the workflow. */
import { lacksReview } from '../incident/closing.ts'
import type { Incident } from '../incident/incident.ts'
import { type Button, button, buttons, linkButton } from './blocks.ts'
import type { CardContext } from './card-context.ts'
import { ACTIONS, type Block, type ButtonValue, moreAction } from './chat.ts'

type Offered = Pick<Button, 'action' | 'label' | 'style' | 'confirm'>

export function incidentButtons(incident: Incident, { uiUrl, now }: CardContext): readonly Block[] {
  const value = buttonValue(incident)
  const open = uiUrl === undefined ? [] : [linkButton(ACTIONS.link, 'Open run', uiUrl)]
  return [...offered(incident, now).map(one => button({ ...one, value })), ...open]
}

/** Without a number as long as the ledger has given none. */
export function buttonValue({ workflowId, number }: Pick<Incident, 'workflowId' | 'number'>): ButtonValue {
  return { v: 1, w: workflowId, ...(number === 0 ? {} : { n: number }) }
}

function offered(incident: Incident, now: string): readonly Offered[] {
  switch (incident.status) {
    case 'declared':
    case 'investigating':
    case 'identified':
    case 'resolving':
      return [...holding(incident), ...reporting(incident, now), ...working(incident), TIMELINE, MORE]
    case 'resolved':
      return [...review(incident), ROOT_CAUSE, { action: ACTIONS.close, label: 'Close' }, TIMELINE, MORE]
    case 'closed':
      return [TIMELINE]
  }
}

const TIMELINE: Offered = { action: ACTIONS.timeline, label: 'Timeline' }
const MORE: Offered = { action: ACTIONS.more, label: 'More…' }
const ROOT_CAUSE: Offered = { action: ACTIONS.rootCause, label: 'Root cause' }

/** What the closing of a Critical or High one waits for. */
function review(incident: Incident): readonly Offered[] {
  if (!lacksReview(incident)) return []
  return [{ action: moreAction('review'), label: 'Post-mortem', style: 'primary' }]
}

function holding({ acknowledged, roles }: Incident): readonly Offered[] {
  const lead: Offered = { action: ACTIONS.takeLead, label: 'Take lead' }
  if (acknowledged === null) return [{ action: ACTIONS.acknowledge, label: 'Acknowledge', style: 'primary' }, lead]
  const still: Offered = { action: ACTIONS.stillOnIt, label: 'Still on it', style: 'primary' }
  return [...(acknowledged.askedAt === null ? [] : [still]), ...(roles.commander === undefined ? [lead] : [])]
}

/** "No change" and "snooze" answer a reminder, so they are there once it is due. */
function reporting({ nextUpdateAt }: Incident, now: string): readonly Offered[] {
  const update: Offered = { action: ACTIONS.update, label: 'Update' }
  if (nextUpdateAt === null || nextUpdateAt > now) return [update]
  return [update, { action: ACTIONS.noChange, label: 'No change' }, { action: ACTIONS.snooze, label: 'Snooze 15 min' }]
}

function working({ rootCause }: Incident): readonly Offered[] {
  const resolve: Offered = { action: ACTIONS.resolve, label: 'Resolve' }
  const workaround: Offered = { action: ACTIONS.workaround, label: 'Workaround' }
  return [workaround, ROOT_CAUSE, rootCause === null ? resolve : { ...resolve, style: 'primary' }]
}

/** With the other blocks of the card: at most twelve. */
const OFFERS = 3

/** A row for each hand-over that waits for its receiver: Slack wants the same action only once in a row. */
export function offerRows(incident: Incident, { team }: CardContext): readonly Block[] {
  return incident.offers.slice(0, OFFERS).flatMap(({ id, what, to }) => {
    const name = team.people.find(person => person.id === to)?.name ?? to
    const value = { ...buttonValue(incident), a: id }
    return buttons(`offer:${id}`.slice(0, 255), [
      button({ action: ACTIONS.accept, label: `Accept ${what} (${name})`, value }),
    ])
  })
}
