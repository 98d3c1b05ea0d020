/** An incident on a terminal: what it is, who has it, what was found, what was changed, what happened last. */
import { clock, toSecond } from '../domain/clock.ts'
import { type Incident, incidentName } from '../domain/incident/incident.ts'
import { SEVERITY_RULES } from '../domain/incident/severity.ts'
import { undelivered } from '../domain/incident/undelivered.ts'
import { type Terminal, table } from './terminal.ts'

const LAST_ENTRIES = 15

export function incidentLines(incident: Incident, { paint }: Terminal): readonly string[] {
  const { severity, category, status, ending, title, acknowledged, roles, paging } = incident
  const title2 = (text: string) => paint('bold', text)
  const holder = acknowledged === null ? 'nobody' : `${acknowledged.by} since ${clock(acknowledged.at)}`
  return [
    `${title2(`${incidentName(incident.number)} ${title}`)}`,
    ...table([
      ['  severity', `${SEVERITY_RULES[severity].title}, ${category}`],
      ['  status', ending === null ? status : `${status} (${ending})`],
      ['  started', `${clock(incident.startedAt)} by ${incident.declaredBy.person ?? incident.declaredBy.door}`],
      ['  has it', holder],
      ...Object.entries(roles).map(([role, person]) => [`  ${role}`, person]),
      ...(incident.impact === null ? [] : [['  impact', incident.impact]]),
      ...(incident.systems.length === 0 ? [] : [['  systems', incident.systems.join(', ')]]),
      ...(incident.nextUpdateAt === null ? [] : [['  next update', clock(incident.nextUpdateAt)]]),
    ]),
    ...paging.unreached.map(({ person, phone, why }) =>
      paint('red', `  not reached: ${person}, call ${phone ?? 'no number known'} (${why})`),
    ),
    ...undelivered(incident).map(({ subject, audiences, why }) =>
      paint('red', `  not delivered yet: "${subject}", tell ${audiences.join(', ')} by other means (${why})`),
    ),
    ...section(
      'alerts',
      incident.alerts.map(alert => `${alert.state}  ${alert.name} ${alert.instance ?? ''} ${alert.summary}`),
    ),
    ...section(
      'evidence',
      incident.evidence.map(
        ({ host, collector, state, summary }) =>
          `${host} ${collector}: ${state === 'failed' ? 'FAILED, ' : ''}${summary}`,
      ),
    ),
    ...section(
      'hypotheses',
      incident.hypotheses.map(
        ({ weight, title: guess, workaround }) =>
          `${weight}  ${guess}${workaround === null ? '' : ` (workaround: ${workaround})`}`,
      ),
    ),
    ...section(
      'changes',
      incident.changes.map(
        ({ number, title: what, state, outcome }) =>
          `${number}  ${what}: ${state}${outcome === null ? '' : `, ${outcome}`}`,
      ),
    ),
    ...section(
      'follow-ups',
      incident.followUps.map(
        ({ number, title: what, owner, due, doneAt }) =>
          `${number}  ${what} (${owner}, ${doneAt === null ? `due ${due}` : 'done'})`,
      ),
    ),
    ...section(
      'timeline (UTC)',
      incident.timeline
        .slice(-LAST_ENTRIES)
        .map(({ at, by, text }) => `${toSecond(at)}  ${by.person ?? by.door}: ${text}`),
    ),
  ]

  function section(name: string, lines: readonly string[]): readonly string[] {
    return lines.length === 0 ? [] : ['', title2(name), ...lines.map(line => `  ${line}`)]
  }
}
