/** One thing that the rules of an incident asked for, carried out: which hands it needs, and what came of it. */
import { condition, patched } from '@temporalio/workflow'
import type { PostOrder } from '../../activities/incident-response.ts'
import { announcement, threadPost } from '../../domain/chat/posts.ts'
import type { Effect } from '../../domain/incident/effects.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import type { Outcome } from '../../domain/incident/outcomes.ts'
import type { Team } from '../../domain/team/team.ts'
import { onChat, onControlPlane } from '../proxies.ts'
import { announce, tell } from './announce.ts'
import { whyFailed } from './away.ts'
import { collectEvidence } from './evidence.ts'
import { lookUpAlerts } from './look-up-alerts.ts'
import { type ChangeEvents, carryOutChange } from './start-change.ts'

/** An announcement goes out by mail and below the card; each way may be slow for itself, so each is a task of its own. */
export type Task =
  | Effect
  | { readonly kind: 'post-announcement'; readonly key: string; readonly subject: string; readonly text: string }

type Of<K extends Task['kind']> = Extract<Task, { kind: K }>

export function tasksOf(effect: Effect): readonly Task[] {
  if (effect.kind !== 'announce') return [effect]
  const { key, subject, text } = effect
  return [effect, { kind: 'post-announcement', key, subject, text }]
}

/** The incident and its people as they are when an effect gets to the point of needing them. */
export interface World {
  readonly incident: () => Incident
  readonly team: () => Team
  /** Whether the chat has refused the card for good, or was away for a day. */
  readonly isCardLost: () => boolean
}

/** How a task begins. */
export interface Beginning extends ChangeEvents {
  /** An earlier run has begun it, and does not know what came of it. */
  readonly again: boolean
}

/** Null when there is nothing to tell. Throws what an activity throws when it has failed for good. */
export async function carryOut(task: Task, world: World, { again, ...events }: Beginning): Promise<Outcome | null> {
  switch (task.kind) {
    case 'page':
      return await page(task, world, again)
    case 'quiet-pages':
      await quietPages(task, world)
      return null
    case 'post':
      await post({ key: task.key, message: threadPost(task, world.team()), again }, world)
      return null
    case 'post-announcement':
      await post({ key: task.key, message: announcement(task), again }, world)
      return null
    case 'tell':
      return await tell(task, world, again)
    case 'announce':
      return await announce(task, world, events.waits)
    case 'collect-evidence':
      return await collectEvidence(world.incident())
    case 'look-up-alerts':
      return { kind: 'alerts-looked-up', readings: await lookUpAlerts(world.incident(), 'briefly') }
    case 'start-change':
      return await carryOutChange(task, world.incident, events)
    case 'tell-incident':
      return await tellIncident(task)
    case 'write-postmortem': {
      const incident = world.incident()
      const artefact = await onControlPlane('idempotent', 'Write the draft of the post-mortem').writePostmortem({
        incident,
      })
      return { kind: 'postmortem-written', artefact }
    }
  }
}

/** For people: what could not be done. */
export function taskWords(task: Task): string {
  switch (task.kind) {
    case 'page':
      return `page ${task.person}`
    case 'tell':
      return `tell ${task.person}`
    case 'quiet-pages':
      return 'silence the pages'
    case 'post':
    case 'post-announcement':
      return 'post below the card'
    case 'announce':
      return `mail "${task.subject}"`
    case 'collect-evidence':
      return 'collect evidence'
    case 'look-up-alerts':
      return 'ask what still fires'
    case 'start-change':
      return task.change.title
    case 'tell-incident':
      return `tell ${incidentName(task.number)}`
    case 'write-postmortem':
      return 'write the draft of the post-mortem'
  }
}

async function page(task: Of<'page'>, { incident, team }: World, again: boolean): Promise<Outcome> {
  const { key, person, title, text } = task
  const { number, workflowId, severity } = incident()
  const { people, pageBy } = team()
  const found = people.find(({ id }) => id === person)
  const known = found === undefined ? {} : { known: { person: found, pageBy } }
  try {
    const order = { key, person, incident: incidentName(number), workflowId, title, text, severity, ...known, again }
    const { delivered, failed, phone } = await onChat(`Page ${person}`).page(order)
    return { kind: 'page-sent', person, delivered, failed, phone }
  } catch (error) {
    // Whoever cannot be rung can still be called: the number belongs on the card.
    const known = team().people.find(({ id }) => id === person)
    const failed = [{ channel: 'all', why: whyFailed(error) }]
    return { kind: 'page-sent', person, delivered: null, failed, phone: known?.phone ?? null }
  }
}

/** Of everybody by name: who rings is found also while nobody can read the estate file. */
async function quietPages({ text, people: ids }: Of<'quiet-pages'>, { incident, team }: World): Promise<void> {
  const { workflowId } = incident()
  const people = team().people.filter(({ id }) => ids === undefined || ids.includes(id))
  const whom = ids === undefined ? 'all pages' : `pages to ${ids.join(', ') || 'nobody'}`
  await onChat(`Take the noise away from ${whom}`).quietPages({ workflowId, text, people })
}

interface Post extends Pick<PostOrder, 'key' | 'message'> {
  readonly again: boolean
}

/** Without a card there is nothing to post below; that it cannot be drawn is said once, and not for each post. */
async function post({ key, message, again }: Post, { incident, team, isCardLost }: World): Promise<void> {
  await condition(() => team().slack === null || incident().card !== null || isCardLost())
  const { slack } = team()
  const { card } = incident()
  if (slack === null || card === null) return
  await onChat('Post below the card').post({ key, channel: card.channel, thread: card.ts, message, again })
}

/** Briefly: as long as nobody has heard of it, it is nobody's. */
async function tellIncident({ number, key, command }: Of<'tell-incident'>): Promise<Outcome | null> {
  const message = { id: key, by: { person: null, door: 'ops' as const }, at: new Date().toISOString(), command }
  try {
    await onControlPlane('briefly', `Tell ${incidentName(number)}`).tellIncident({ workflowId: null, number, message })
    return null
  } catch (error) {
    const why = whyFailed(error)
    if (!patched('duplicates-that-nobody-heard-of-open-again')) throw error
    return { kind: 'not-passed-on', number, why }
  }
}
