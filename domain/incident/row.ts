/** An entry of the timeline as a row of the ledger. */
import type { IncidentRow } from '../ledger.ts'
import type { Incident, TimelineEntry } from './incident.ts'

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
