/** What happened in an incident, open or over: told by the run that it is or ended as, else by the ledger. */
import { findIncident } from '../../activities/find-incident.ts'
import type { TimelineStory } from '../../domain/chat/reading.ts'
import { OpsError } from '../../domain/failures.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import { storyOfRows } from '../../domain/incident/row.ts'
import { isPassing } from '../client.ts'
import { readIncident } from '../incident-door.ts'
import type { OpenIncident } from '../open-incidents.ts'
import type { Door } from './door.ts'

type Memory = Pick<Door, 'client' | 'ledger'>

/** Null when it has no entries yet. Throws OpsError when nobody knows it any more. */
export async function recall(door: Memory, { workflowId, number }: OpenIncident): Promise<TimelineStory | null> {
  return number === null ? await readIncident(door.client, workflowId) : await recallNumber(door, number)
}

/** Throws OpsError when nobody knows it. */
export async function recallNumber(door: Memory, number: number): Promise<TimelineStory> {
  // A run that nobody works for is no reason to be silent: what happened in it is in the ledger as well.
  const known = await inRuns(door, number).catch((error: unknown) => {
    if (door.ledger !== null && isPassing(error)) return null
    throw error
  })
  return known ?? (await inLedger(door, number))
}

/** Throws OpsError when `incident` is another one than the one that is meant. */
export function ensureMeant(number: number | undefined, incident: Incident | null): void {
  if (number === undefined || incident === null || incident.number === number) return
  const [meant, here] = [incidentName(number), incidentName(incident.number)]
  throw new OpsError({
    owner: 'operator',
    message: `this card is of ${meant}, which is over; ${here} is ${incident.status} in its place`,
    hint: `If you mean ${here}, use its card, or write \`incident show ${here}\`.`,
  })
}

/** Under the id of one that is over another one may go on: only the index tells the runs apart. */
async function inRuns({ client }: Memory, number: number): Promise<Incident | null> {
  const run = await findIncident(client, number)
  const found = run === null ? null : await readIncident(client, run.workflowId, run.runId)
  return found?.number === number ? found : null
}

async function inLedger({ ledger }: Memory, number: number): Promise<TimelineStory> {
  const rows = (await ledger?.timelineOf(number)) ?? []
  if (rows.length > 0) return storyOfRows(number, rows)
  const message =
    ledger === null ? `${incidentName(number)} has no run any more` : `there is no ${incidentName(number)}`
  throw new OpsError({ owner: 'operator', message, hint: 'At a terminal: `ops incident list all`.' })
}
