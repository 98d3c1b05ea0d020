/** What the morning check tells the team, and which incidents a failed one opens: one per cause and day, joined by alerts of the same cause. */
import type { Estate } from '../estate.ts'
import { countedVerdict, type Finding, noteworthy } from '../findings.ts'
import { incidentWorkflowId } from '../ids.ts'
import type { IncidentDeclaration, IncidentMessage } from '../incident/commands.ts'
import type { Category } from '../incident/severity.ts'
import { joining } from '../incident/start.ts'
import type { RunRecord } from '../run-record.ts'

/** Findings by the metric of the alert that watches the same; whatever is not here is a cause of its own. */
const METRICS: readonly { readonly findings: RegExp; readonly metric: string; readonly category: Category }[] = [
  {
    findings: /^(service\.state|acp\.handshake|acp\.connections|host\.silent)/,
    metric: 'availability',
    category: 'availability',
  },
  { findings: /^disk\./, metric: 'disk', category: 'availability' },
  { findings: /^memory\.|^service\.memory/, metric: 'memory', category: 'performance' },
  { findings: /^service\.cpu|^load/, metric: 'cpu', category: 'performance' },
  { findings: /^acp\.latency|^requests\./, metric: 'response_time', category: 'performance' },
  { findings: /^log\.errors/, metric: 'error_rate', category: 'availability' },
  { findings: /^sessions\./, metric: 'sessions', category: 'performance' },
  { findings: /^database\./, metric: 'database', category: 'data' },
]

export interface DailyIncident {
  readonly workflowId: string
  /** One per cause and local day: a second check of the day joins what is open, and opens nothing that was closed. */
  readonly once: string
  readonly declaration: IncidentDeclaration
  readonly message: IncidentMessage
}

/** Empty unless the check failed. */
export function incidentsOf(record: RunRecord, estate: Estate, day: string): readonly DailyIncident[] {
  const failed = record.findings.filter(finding => countedVerdict(finding) === 'fail')
  const causes = Map.groupBy(failed, finding => causeOf(finding, estate))
  return [...causes].map(([cause, findings]) => dailyIncident(cause, findings, record, estate, day))
}

function dailyIncident(
  cause: string,
  findings: readonly Finding[],
  record: RunRecord,
  estate: Estate,
  day: string,
): DailyIncident {
  const hosts = [...new Set(findings.map(({ target }) => target))].filter(target =>
    estate.hosts.some(({ name }) => name === target),
  )
  const primary = estate.hosts.some(({ name, role }) => role === 'primary' && hosts.includes(name))
  const category = ruleOf(findings)?.category ?? 'configuration'
  const by = { person: null, door: 'health-check' } as const
  const title = findings[0]?.summary ?? cause
  const once = `health-check/${cause}/${day}`
  const at = record.closedAt ?? record.startedAt
  const declaration: IncidentDeclaration = {
    title,
    // Like an alert (A2.2): what is down or loses data where users are is critical, the rest is high until assessed.
    severity: primary && (category === 'availability' || category === 'data') ? 'critical' : 'high',
    category,
    cause,
    hosts,
    impact: null,
    by,
    id: once,
    startedAt: record.startedAt,
    alerts: [],
  }
  const message = { ...joining(declaration), id: `${once}/${record.runId}`, at }
  return { workflowId: incidentWorkflowId(cause), once, declaration, message }
}

function causeOf(finding: Finding, estate: Estate): string {
  return `${estate.service.unit}/${ruleOf([finding])?.metric ?? finding.id.replace(/[:*].*$/, '')}`
}

function ruleOf([finding]: readonly Finding[]) {
  return METRICS.find(({ findings }) => finding !== undefined && findings.test(finding.id))
}

/** As many as a person reads on a morning; all of them are in the report. */
const NOTES = 12

/** The summary for the channel: verdicts first, then what a person has to look at. */
export function morningWords(record: RunRecord, day: string): string {
  const hosts = record.targets.map(({ name, verdict }) => `${name} ${verdict}`).join(', ')
  const notes = noteworthy(record.findings)
    .filter(finding => finding.waived === undefined)
    .map(({ verdict, target, summary, hint }) => `• ${verdict} ${target}: ${summary}${hint === '' ? '' : ` (${hint})`}`)
  const rest = notes.length - NOTES
  const more = rest > 0 ? [`• … and ${rest} more: ops report ${record.workflowId}`] : []
  return [
    `Morning health check of ${day}: ${record.verdict ?? 'unknown'} (${hosts})`,
    ...notes.slice(0, NOTES),
    ...more,
  ].join('\n')
}
