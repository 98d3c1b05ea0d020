/** What is behind "More…" on a card: a list of what else can be said, and the form of each. */
import type { ButtonValue, MoreForm } from '../../domain/chat/chat.ts'
import type { ModalView } from '../../domain/chat/modals.ts'
import { moreLabel, moreModal } from '../../domain/chat/more.ts'
import { moreFormModal } from '../../domain/chat/more-forms.ts'
import { OpsError } from '../../domain/failures.ts'
import { lacksReview } from '../../domain/incident/closing.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import { lastReviewDay } from '../../domain/incident/notices.ts'
import { type Answer, explained } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { glance, hostsOf, type Opening, open } from './forms.ts'
import { openIncidents } from './incidents.ts'

/** So long a press that writes waits for what is only a help. */
const GLANCE_MS = 800

export async function openMore(door: Door, opening: Opening, given: ButtonValue, { by }: Asked): Promise<Answer> {
  return await open(door, opening, 'More', async () => {
    const { incident, value } = await glance(door, given)
    if (incident !== null) return moreModal(incident, value, by.id)
    const hint = 'Write it as a command meanwhile: `help incident` lists them.'
    throw new OpsError({ owner: 'tool', message: 'no worker says now what the incident is', hint })
  })
}

export async function openMoreForm(
  door: Door,
  opening: Opening,
  form: MoreForm,
  given: ButtonValue,
  asked: Asked,
): Promise<Answer> {
  return await open(door, opening, moreLabel(form), async () => await filled(door, form, given, asked))
}

/** Whether closing it would be refused for want of its post-mortem, as far as that is known in time. */
export async function closingLacksReview(door: Door, given: ButtonValue): Promise<boolean> {
  const asked = door.client.withDeadline(Date.now() + GLANCE_MS, () => glance(door, given))
  const { incident } = await asked.catch(() => ({ incident: null }))
  return incident?.status === 'resolved' && lacksReview(incident)
}

async function filled(door: Door, form: MoreForm, given: ButtonValue, { by: { team }, at }: Asked): Promise<ModalView> {
  const { incident, value } = await glance(door, given)
  return moreFormModal(form, value, {
    incident,
    team,
    hosts: form === 'fix' ? await hostsOf(door, incident) : [],
    others: form === 'merge' ? await othersThan(door, given.w) : [],
    reviewBy: form === 'review' && incident !== null ? lastReviewDay(incident, { team, now: at }) : null,
  })
}

/** Without them the number is typed. */
async function othersThan(door: Door, workflowId: string): Promise<readonly Incident[]> {
  const { answers } = await openIncidents(door).catch((error: unknown) => {
    door.log.warn({ err: error, why: explained(error).lines[0]?.mrkdwn }, 'a form has no list of open incidents')
    return { answers: [] as readonly Incident[] }
  })
  return answers.filter(incident => incident.workflowId !== workflowId)
}
