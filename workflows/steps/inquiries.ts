/** What has to be looked up outside before some messages can be decided: reviews before an end, alerts before a close, the other incident before a merge. */
import { TemporalFailure } from '@temporalio/common'
import { isCancellation, log, patched } from '@temporalio/workflow'
import { isCommand } from '../../domain/incident/command-shape.ts'
import type { IncidentMessage } from '../../domain/incident/commands.ts'
import type { DecideContext } from '../../domain/incident/decide.ts'
import { survivorOf } from '../../domain/incident/decide-merging.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import type { LaterRule } from '../../domain/incident/later-rules.ts'
import { criticalFiring } from '../../domain/incident/linked-alerts.ts'
import type { AlertReading } from '../../domain/incident/looked-up.ts'
import type { Standing } from '../../domain/incident/start.ts'
import { onControlPlane } from '../proxies.ts'
import { missingReviews } from './emergency-reviews.ts'
import type { Inbox } from './inbox.ts'
import { lookUpAlerts } from './look-up-alerts.ts'
import type { People } from './people.ts'

export interface Inquiries {
  /** What has to be reviewed before the incident may end; null when nobody has looked. */
  readonly reviews: readonly string[] | null
  /** How its alerts stand; null when nobody has looked. */
  readonly alerts: readonly AlertReading[] | null
  /** By number, of those that were looked at. */
  readonly survivors: ReadonlyMap<number, Standing>
}

interface Asking {
  readonly state: { readonly incident: Incident }
  readonly inbox: Inbox
  readonly people: People
}

export const NOTHING_ASKED: Inquiries = { reviews: null, alerts: null, survivors: new Map() }

export function asksNothing(inbox: Inbox): boolean {
  return inbox.pending('merge').length === 0 && !ENDS.some(kind => inbox.pending(kind).length > 0 && needsReviews(kind))
}

type End = 'close' | 'merge' | 'false-alarm'

const ENDS: readonly End[] = ['close', 'merge', 'false-alarm']

/** Runs that were merged or called off without asking go on so. */
function needsReviews(kind: End): boolean {
  return kind === 'close' || patched('every-end-asks-for-reviews')
}

/** Asks what the messages need that wait now. */
export async function inquire({ state: { incident }, inbox, people }: Asking): Promise<Inquiries> {
  const isEnding = ENDS.some(kind => inbox.pending(kind).length > 0 && needsReviews(kind))
  const reviews = isEnding ? await missingReviews(incident, people.team()) : null
  const isAsking = inbox.pending('close').length > 0 && mayHaveEnded(incident)
  const alerts = isAsking ? await lookUpAlerts(incident, 'glance') : null
  const named = inbox.pending('merge').map(({ into }) => survivorOf(incident, into))
  const numbers = [...new Set(named.filter(number => number !== null))]
  const survivors = await Promise.all(numbers.map(async number => [number, await standingOf(number)] as const))
  return { reviews, alerts, survivors: new Map(survivors) }
}

/** What would keep it from being closed: not every end is told. Runs that have refused without asking go on so. */
function mayHaveEnded(incident: Incident): boolean {
  const isKept = incident.status === 'resolved' && criticalFiring(incident).length > 0
  return isKept && patched('what-fires-is-looked-up' satisfies LaterRule)
}

/** What a message is decided with; null as long as it has to wait for what nobody has asked yet. */
export function answersFor(
  { command }: IncidentMessage,
  incident: Incident,
  { reviews, alerts, survivors }: Inquiries,
): Pick<DecideContext, 'missing' | 'readings' | 'survivor'> | null {
  if (!isCommand(command)) return {}
  const { kind } = command
  if (kind !== 'close' && kind !== 'merge' && kind !== 'false-alarm') return {}
  if (needsReviews(kind) && reviews === null) return null
  const missing = reviews === null ? {} : { missing: reviews }
  if (kind === 'close' && alerts !== null) return { ...missing, readings: alerts }
  if (kind === 'close' && mayHaveEnded(incident)) return null
  const number = kind === 'merge' ? survivorOf(incident, command.into) : null
  if (number === null) return missing
  const survivor = survivors.get(number)
  return survivor === undefined ? null : { ...missing, survivor }
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
