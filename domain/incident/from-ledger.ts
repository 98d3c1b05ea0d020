/** An incident of which only the ledger knows: Temporal keeps the state of what has ended for a while, the ledger its timeline for good. */
import { clock } from '../clock.ts'
import type { IncidentRow } from '../ledger.ts'
import { inline } from '../markdown.ts'
import { incidentName } from './incident.ts'

export const ONLY_TIMELINE = 'Temporal has forgotten its state: this is the timeline that the ledger keeps.'

/** @param rows all of one incident, in their order; at least one. */
export function timelineMarkdown(rows: readonly IncidentRow[]): string {
  const last = rows.at(-1)
  if (last === undefined) return ''
  const { number, title, severity, category, status, startedAt } = last
  return [
    `# ${incidentName(number)} ${inline(title)}`,
    '',
    `${severity}, ${category}, ${status}; started ${clock(startedAt)}. ${ONLY_TIMELINE}`,
    '',
    ...rows.map(({ at, person, door, text }) => `- ${clock(at)} ${inline(person ?? door)}: ${inline(text)}`),
  ].join('\n')
}
