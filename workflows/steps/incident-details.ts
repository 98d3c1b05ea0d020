/** An incident in the Temporal UI: what it is, who has it, what is waited for, and what happened last. Pure. */
import { clock } from '../../domain/clock.ts'
import { type Incident, type IncidentStatus, incidentName } from '../../domain/incident/incident.ts'
import { SEVERITY_RULES } from '../../domain/incident/severity.ts'
import { inline } from '../../domain/markdown.ts'
import type { ChecklistStep, Progress, StepState } from '../../domain/progress.ts'

/** Lines of the timeline; all of them are in the ledger. */
const SHOWN_LINES = 10

export function incidentMarkdown(incident: Incident): string {
  const { number, title, severity, category, status, acknowledged, impact } = incident
  const facts = [
    `**${incidentName(number)}** ${inline(title)}`,
    `${SEVERITY_RULES[severity].title} · ${category} · **${status}**`,
    acknowledged === null ? 'nobody has acknowledged it' : `${acknowledged.by} has it since ${clock(acknowledged.at)}`,
    impact === null ? null : `impact: ${inline(impact)}`,
    `waits for: ${waitsFor(incident)}`,
  ]
  const lines = incident.timeline
    .slice(-SHOWN_LINES)
    .map(({ at, by, text }) => `- ${clock(at)} ${by.person ?? by.door}: ${inline(text)}`)
  return [...facts.filter(fact => fact !== null), '', ...lines].join('\n\n').replaceAll('\n\n- ', '\n- ')
}

/** The runbook as a checklist, for `ops show` (I2). */
export function incidentProgress(incident: Incident | null): Progress {
  if (incident === null) return { steps: [step('Number the incident, know the people', 'running')] }
  const { respondedAt, evidenceAt, evidence, rootCause, resolvedAt, closedAt, review, acknowledged } = incident
  const failed = evidence.filter(({ state }) => state === 'failed').length
  return {
    steps: [
      step('Acknowledge (I2.1a)', respondedAt === null ? 'running' : 'done', acknowledged?.by ?? null),
      step(
        'Gather evidence (I2.1b)',
        evidenceAt === null ? 'running' : 'done',
        failed === 0 ? null : `${failed} failed`,
      ),
      step('Diagnose (I2.2)', reached(incident, 'identified')),
      step('Find the root cause (I2.2b)', rootCause === null ? 'waiting' : 'done'),
      step('Resolve (I2.3)', resolvedAt === null ? reached(incident, 'resolving') : 'done'),
      step('Review (I2.4a)', review.notes === null ? 'waiting' : 'done', review.at),
      step('Close (I2.4b)', closedAt === null ? 'waiting' : 'done', incident.ending),
    ],
  }
}

const ORDER: readonly IncidentStatus[] = ['declared', 'investigating', 'identified', 'resolving', 'resolved', 'closed']

function reached({ status }: Incident, goal: IncidentStatus): StepState {
  const [now, then] = [ORDER.indexOf(status), ORDER.indexOf(goal)]
  if (now >= then) return 'done'
  return now === then - 1 ? 'running' : 'waiting'
}

function step(title: string, state: StepState, note: string | null = null): ChecklistStep {
  return { title, state, note }
}

/** In words: whom or what an incident waits for. */
export function waitsFor(incident: Incident): string {
  const { status, acknowledged, paging, changes, nextUpdateAt } = incident
  if (status === 'closed') return 'nothing'
  const open = changes.filter(({ state }) => ['planning', 'awaiting-approval', 'running'].includes(state))
  const waits = [
    acknowledged === null && status !== 'resolved' ? acknowledgement(paging.nextAt) : null,
    ...open.map(({ title, state }) => `${title} (${state})`),
    status === 'resolved' ? 'review and close' : null,
    nextUpdateAt === null ? null : `a status update by ${clock(nextUpdateAt)}`,
  ]
  const named = waits.filter(wait => wait !== null)
  return named.length === 0 ? 'the people on it' : named.join(' · ')
}

function acknowledgement(nextPageAt: string | null): string {
  return nextPageAt === null ? 'an acknowledgement' : `an acknowledgement, next page at ${clock(nextPageAt)}`
}
