/** Forms: opened at once, because a trigger counts for three seconds; filled when the state that they show is known. */

import { ACTIONS, type ButtonValue } from '../../domain/chat/chat.ts'
import {
  approveAloneModal,
  declareModal,
  denyModal,
  type ModalView,
  noticeModal,
  resolveModal,
  rootCauseModal,
  updateModal,
  waitingModal,
  workaroundModal,
} from '../../domain/chat/modals.ts'
import { planModal, type TimelineStory, timelineModal } from '../../domain/chat/reading.ts'
import { markup } from '../../domain/chat/text.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import type { IncidentForm } from '../../domain/incident/words.table.ts'
import { readIncident } from '../incident-door.ts'
import { type Answer, explained, NOTHING } from './answer.ts'
import { choiceOf, gateOf } from './decisions.ts'
import type { Door, Speaker } from './door.ts'
import { ensureMeant } from './recall.ts'

type Fill = () => Promise<ModalView>

/** Where a form is shown: with a trigger, or in place of the one in which something was pressed. */
export interface Opening {
  readonly trigger: string
  readonly form: string | null
}

type Named = Exclude<IncidentForm, 'declare'>

export async function openDeclare(door: Door, trigger: string, title = ''): Promise<Answer> {
  await door.slack.openView(trigger, declareModal({ title, severity: 'high' }))
  return NOTHING
}

/** Opens the form that a word asks for. `findIt` answers with what it is about, when that is known only after a look. */
export async function openForm(
  door: Door,
  opening: Opening,
  form: Named,
  findIt: () => Promise<ButtonValue>,
): Promise<Answer> {
  return await open(door, opening, TITLES[form], async () => await filled(door, form, await findIt()))
}

export const FORM_OF_ACTION: Readonly<Record<string, Named>> = {
  [ACTIONS.update]: 'update',
  [ACTIONS.workaround]: 'workaround',
  [ACTIONS.resolve]: 'resolve',
  [ACTIONS.rootCause]: 'root-cause',
}

const TITLES: Readonly<Record<Named, string>> = {
  update: 'Status update',
  workaround: 'Workaround',
  resolve: 'Resolve',
  'root-cause': 'Root cause',
}

export async function openDecision(
  door: Door,
  opening: Opening,
  value: ButtonValue,
  how: 'deny' | 'approve-alone',
): Promise<Answer> {
  const choice = choiceOf(value, how, '')
  return await open(door, opening, how === 'deny' ? 'Deny' : 'Approve alone', async () => {
    // Without an answer the form is still good: the digest of the card is in it.
    const what = await gateOf(door, choice).then(
      ({ request }) => `${choice.approvalId} ${request.title}`,
      () => choice.approvalId,
    )
    return how === 'deny' ? denyModal(value, what) : approveAloneModal(value, what)
  })
}

export async function openPlan(door: Door, opening: Opening, value: ButtonValue): Promise<Answer> {
  const choice = choiceOf(value, 'approve', '')
  return await open(door, opening, 'The plan', async () => planModal(await gateOf(door, choice)))
}

export async function openTimeline(
  door: Door,
  opening: Opening,
  { team }: Speaker,
  tellIt: () => Promise<TimelineStory | null>,
): Promise<Answer> {
  return await open(door, opening, 'Timeline', async () => {
    const story = await tellIt()
    return story === null ? noticeModal('Timeline', [markup`It has no entries yet.`]) : timelineModal(story, team)
  })
}

export async function open(door: Door, { trigger, form }: Opening, title: string, fill: Fill): Promise<Answer> {
  // In a form that is open already something is there to look at meanwhile.
  const view = form ?? (await door.slack.openView(trigger, waitingModal(title)))
  const shown = await fill().catch((error: unknown) => {
    door.log.warn({ err: error, title }, 'a form could not be filled')
    return noticeModal(title, explained(error).lines)
  })
  await door.slack.updateView(view, shown)
  return NOTHING
}

async function filled(door: Door, form: Named, given: ButtonValue): Promise<ModalView> {
  const { incident, value } = await glance(door, given)
  switch (form) {
    case 'update':
      return updateModal(value, lastSaid(incident))
    case 'resolve':
      return resolveModal(value)
    case 'root-cause':
      return rootCauseModal(value, incident?.rootCause ?? null)
    case 'workaround':
      return workaroundModal(value, {
        hosts: await hostsOf(door, incident),
        suggested: incident?.hypotheses.find(({ workaround }) => workaround !== null)?.workaround ?? null,
      })
  }
}

/** What is known is a help, and no condition: without a worker a form opens empty. Throws OpsError when another one is meant. */
export async function glance(door: Door, given: ButtonValue) {
  const incident = await readIncident(door.client, given.w).catch(() => null)
  ensureMeant(given.n, incident)
  const value: ButtonValue = incident === null || incident.number === 0 ? given : { ...given, n: incident.number }
  return { incident, value }
}

function lastSaid(incident: Incident | null) {
  const status = incident?.status ?? null
  return {
    status: status === 'investigating' || status === 'identified' || status === 'resolving' ? status : 'investigating',
    findings: incident?.lastSaid?.findings ?? '',
    actions: incident?.lastSaid?.actions ?? '',
    expectedResolution: incident?.expectedResolution ?? '',
  }
}

/** Those concerned first: the first one is chosen. */
export async function hostsOf(door: Door, incident: Incident | null): Promise<readonly string[]> {
  const { hosts } = await door.estate()
  const names = hosts.map(({ name }) => name as string)
  const concerned = names.filter(name => incident?.systems.includes(name))
  return [...concerned, ...names.filter(name => !concerned.includes(name))]
}
