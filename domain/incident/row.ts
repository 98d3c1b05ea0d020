/** An entry of the timeline as a row of the ledger, and back. */
import type { IncidentRow } from '../ledger.ts'
import type { PersonId } from '../team/team.ts'
import { isActor } from './command-shape.ts'
import type { Actor, Incident, TimelineEntry } from './incident.ts'

/** With what the incident is after the step that wrote the entry. */
export function rowOf(incident: Incident, entry: TimelineEntry): IncidentRow {
  const { number, key, workflowId, title, severity, category, status, startedAt } = incident
  return {
    number,
    incident: key,
    workflowId,
    entry: entry.seq,
    at: entry.at,
    kind: entry.kind,
    text: entry.text,
    person: entry.by.person,
    door: entry.by.door,
    title,
    severity,
    category,
    status,
    startedAt,
  }
}

/** What the rows of one incident tell, oldest first. Entry 0 gives it its number and is no line of the timeline. */
export function storyOfRows(
  number: number,
  rows: readonly IncidentRow[],
): Pick<Incident, 'number' | 'timeline' | 'entries'> {
  const told = rows.filter(({ entry }) => entry > 0)
  const timeline = told.map(({ entry, at, kind, text, person, door }) => ({
    seq: entry,
    at,
    by: actorOf(person, door),
    kind,
    text,
  }))
  return { number, timeline, entries: timeline.at(-1)?.seq ?? 0 }
}

function actorOf(person: string | null, door: string): Actor {
  const actor = { person: person as PersonId | null, door }
  return isActor(actor) ? actor : { ...actor, door: 'ops' }
}
