/** What has to be looked up outside before some messages can be decided: reviews before a closing, the other incident before a merge. */
import { TemporalFailure } from '@temporalio/common'
import { isCancellation, log, patched } from '@temporalio/workflow'
import { isCommand } from '../../domain/incident/command-shape.ts'
import type { IncidentMessage } from '../../domain/incident/commands.ts'
import type { DecideContext } from '../../domain/incident/decide.ts'
import { survivorOf } from '../../domain/incident/decide-merging.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import type { Standing } from '../../domain/incident/start.ts'
import { onControlPlane } from '../proxies.ts'
import { missingReviews } from './emergency-reviews.ts'
import type { Inbox } from './inbox.ts'
import type { People } from './people.ts'

export interface Inquiries {
  /** What has to be reviewed before the incident may be closed; null when nobody has looked. */
  readonly reviews: readonly string[] | null
  /** By number, of those that were looked at. */
  readonly survivors: ReadonlyMap<number, Standing>
}

interface Asking {
  readonly state: { readonly incident: Incident }
  readonly inbox: Inbox
  readonly people: People
}

export const NOTHING_ASKED: Inquiries = { reviews: null, survivors: new Map() }

export function asksNothing(inbox: Inbox): boolean {
  return inbox.pending('close').length + inbox.pending('merge').length === 0
}

/** Asks what the messages need that wait now. */
export async function inquire({ state: { incident }, inbox, people }: Asking): Promise<Inquiries> {
  const reviews = inbox.pending('close').length > 0 ? await missingReviews(incident, people.team()) : null
  const named = inbox.pending('merge').map(({ into }) => survivorOf(incident, into))
  const numbers = [...new Set(named.filter(number => number !== null))]
  const survivors = await Promise.all(numbers.map(async number => [number, await standingOf(number)] as const))
  return { reviews, survivors: new Map(survivors) }
}

/** What a message is decided with; null as long as it has to wait for what nobody has asked yet. */
export function answersFor(
  { command }: IncidentMessage,
  incident: Incident,
  { reviews, survivors }: Inquiries,
): Pick<DecideContext, 'missing' | 'survivor'> | null {
  if (!isCommand(command)) return {}
  if (command.kind === 'close') return reviews === null ? null : { missing: reviews }
  const number = command.kind === 'merge' ? survivorOf(incident, command.into) : null
  if (number === null) return {}
  const survivor = survivors.get(number)
  return survivor === undefined ? null : { survivor }
}

async function standingOf(number: number): Promise<Standing> {
  // Runs that have merged without asking go on so.
  if (!patched('merges-ask-first')) return 'open'
  try {
    return await onControlPlane('glance', `Is ${incidentName(number)} open`).readStanding(number)
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
    log.warn('the other incident could not be looked up', { number, error })
    return 'unknown'
  }
}
