/** What incidents, tickets and the ledger are told about alerts. */
import { localTime } from '../calendar.ts'
import { parseHostName } from '../ids.ts'
import type { IncidentDeclaration, IncidentMessage } from '../incident/commands.ts'
import type { LinkedAlert } from '../incident/incident.ts'
import type { Category, Severity } from '../incident/severity.ts'
import type { EventRow } from '../ledger.ts'
import type { Alert } from './alert.ts'
import type { SilenceOrder } from './silence.ts'
import { LEVELS, type Ticket } from './state.ts'

const BY = { person: null, door: 'alert' } as const

export function linked(alert: Alert): LinkedAlert {
  const { fingerprint, name, instance, state, level: severity, summary, startsAt, endsAt } = alert
  return {
    fingerprint,
    name,
    instance,
    state,
    severity,
    summary,
    since: (state === 'resolved' ? endsAt : null) ?? startsAt,
  }
}

/** A2.2: what is down or lost is Critical at once, everything else High until somebody has assessed it. */
export function severityOf(category: Category): Severity {
  return category === 'availability' || category === 'data' ? 'critical' : 'high'
}

/** The worst alert, the one that began first among equals. */
export function worstOf(alerts: readonly Alert[]): Alert | null {
  const rank = (alert: Alert) => LEVELS.indexOf(alert.level)
  const byWeight = (a: Alert, b: Alert) => rank(a) - rank(b) || Date.parse(a.startsAt) - Date.parse(b.startsAt)
  return alerts.toSorted(byWeight)[0] ?? null
}

/** `cutOff`: how many more were left out of the delivery, of which nobody knows what they are. */
export function titleOf(alerts: readonly Alert[], cutOff = 0): string {
  const worst = worstOf(alerts)
  if (worst === null) return 'Alert'
  const more = [
    ...(alerts.length > 1 ? [`and ${alerts.length - 1} more`] : []),
    ...(cutOff > 0 ? [`${cutOff} cut off`] : []),
  ]
  return more.length === 0 ? worst.summary : `${worst.summary} (${more.join(', ')})`
}

export function declarationOf(request: {
  readonly id: string
  readonly cause: string
  readonly severity: Severity
  readonly startedAt: string
  readonly title: string
  readonly alerts: readonly Alert[]
}): IncidentDeclaration {
  const { id, cause, severity, startedAt, title, alerts } = request
  const hosts = alerts.map(({ instance }) => (instance === null ? null : parseHostName(instance)))
  return {
    id,
    title,
    severity,
    category: worstOf(alerts)?.category ?? 'availability',
    cause,
    hosts: [...new Set(hosts.filter(host => host !== null))],
    impact: null,
    by: BY,
    startedAt,
    alerts: alerts.map(linked),
  }
}

export interface Said {
  /** What fires of it is to be heard also by an incident that is over and knew of it. */
  readonly again?: boolean
  /** Alerts that were left out of the delivery. */
  readonly cutOff?: number | undefined
}

export function alertsMessage(
  id: string,
  at: string,
  alerts: readonly Alert[],
  { again = false, cutOff = 0 }: Said = {},
): IncidentMessage {
  const said = { ...(again ? { again } : {}), ...(cutOff > 0 ? { cutOff } : {}) }
  return { id, by: BY, at, command: { kind: 'alerts', alerts: alerts.map(linked), ...said } }
}

/** Recognised by what fires and since when, through whatever deliveries it is told. `eventAlertName` reads the name back. */
export function alertEvent(alert: Alert, expected: boolean): EventRow {
  const note = expected ? ' (expected: a planned restart)' : ''
  return {
    id: `alert/${alert.fingerprint}/${alert.startsAt}`,
    kind: 'alert',
    target: alert.instance ?? alert.service,
    at: alert.startsAt,
    reason: `${alert.name} ${alert.level}: ${alert.summary}${note}`,
    by: 'alertmanager',
  }
}

/** Name and level of the alert that an event of the ledger tells of; null for other events. */
export function eventAlert(event: EventRow): { readonly name: string; readonly level: string } | null {
  const [, name, level] = /^(\S+) (critical|warning|info): /.exec(event.reason) ?? []
  return event.kind !== 'alert' || name === undefined || level === undefined ? null : { name, level }
}

export interface TicketWords {
  readonly cause: string
  readonly ticket: Ticket
  readonly alerts: readonly Alert[]
  readonly cutOff: number
  readonly timezone: string
}

export function ticketText({ cause, ticket, alerts, cutOff, timezone }: TicketWords): string {
  return [
    `A warning asks for a look (A2.3): ${cause}.`,
    '',
    ...alerts.map(describe),
    ...(cutOff > 0
      ? [`- and ${cutOff} more that were cut off by Alertmanager or the alert door: look for them there`]
      : []),
    '',
    `It is reviewed at ${localTime(ticket.reviewAt, timezone)}: if it fires then, or if one of its alerts fires three times in`,
    '7 days, it becomes an incident of severity Medium.',
  ].join('\n')
}

export function describe(alert: Alert): string {
  const more = alert.description === '' ? '' : `: ${alert.description}`
  return `- ${alert.name} ${alert.state}: ${alert.summary}${more}`
}

/** Who asked for a silence and why, or for its end. */
export function silenceEvent(cause: string, { id, until, by, reason }: SilenceOrder, at: string): EventRow {
  const what = until === null ? 'silence lifted' : `silenced until ${until}`
  return { id: `silence/${id}`, kind: 'note', target: cause, at, reason: `${what}: ${reason}`, by }
}
