/** How an incident begins: people are rung, evidence is collected, the channel hears of it (I1.1, I2.1, A2.2). */
import type { PersonId, Team } from '../team/team.ts'
import type { IncidentDeclaration } from './commands.ts'
import { updateDeadline } from './deadlines.ts'
import type { Step } from './effects.ts'
import type { Incident } from './incident.ts'
import { linked } from './linked-alerts.ts'
import { AT_ONCE, announceStart } from './notices.ts'
import { allHands, NO_PAGING, startPaging } from './paging.ts'
import { isKnown, mentionFor } from './people.ts'
import { SEVERITY_RULES } from './severity.ts'
import { asked, begin, keyFor, logged, nameOf, type RuleContext } from './step.ts'
import { clean, cleanLine, LONGEST, SHORT_TEXT } from './text.ts'

export interface OpenContext {
  /** INC-number; 0 while the ledger has not given one. */
  readonly number: number
  readonly workflowId: string
  /** Of the first run in the chain of continue-as-new. */
  readonly key: string
  /** ISO. */
  readonly now: string
  readonly team: Team
}

const SYSTEMS = 50

/** The incident, and in this order: pages (Critical: all hands), evidence, the word in the channel, mail to ops and management. */
export function openIncident(declaration: IncidentDeclaration, context: OpenContext): Step {
  const fresh = newIncident(declaration, context)
  const { severity, category, title, declaredBy } = fresh
  const { now } = context
  const words = `declared ${SEVERITY_RULES[severity].title} (${category}): ${title}`
  const declared = logged(begin(fresh), now, declaredBy, 'declared', words)
  const paged = callPeople(declared, 'it was just declared', context)
  const told = asked(
    paged,
    { kind: 'collect-evidence' },
    {
      kind: 'post',
      key: keyFor(paged, 'declared'),
      text: `${nameOf(fresh)} was ${words}`,
      mention: mentionFor(fresh, context),
    },
  )
  return announceStart(told, AT_ONCE[severity], context)
}

/** Critical: everybody. High: who is on call. Below: nobody. */
export function callPeople(step: Step, why: string, context: RuleContext): Step {
  return step.incident.severity === 'critical' ? allHands(step, why, context) : startPaging(step, why, context)
}

export function cleanSystems(systems: readonly string[]): readonly string[] {
  return [...new Set(systems.map(system => cleanLine(system, 100)).filter(system => system !== ''))].slice(0, SYSTEMS)
}

export function cleanImpact(impact: string | null): string | null {
  return impact === null ? null : emptyToNull(clean(impact, LONGEST.impact))
}

function newIncident(declaration: IncidentDeclaration, { number, workflowId, key, now, team }: OpenContext): Incident {
  const { title, severity, category, cause, hosts, impact, by, startedAt, alerts } = declaration
  const start = startOf(startedAt, now)
  const person = by.person
  const subscribers: readonly PersonId[] = person !== null && isKnown(team, person) ? [person] : []
  return {
    number,
    workflowId,
    key,
    title: cleanLine(title, SHORT_TEXT) || 'without a title',
    cause,
    severity,
    category,
    status: 'declared',
    ending: null,
    mergedInto: null,
    startedAt: start,
    declaredBy: by,
    impact: cleanImpact(impact),
    systems: cleanSystems(hosts),
    expectedResolution: null,
    respondedAt: null,
    acknowledged: null,
    roles: {},
    offers: [],
    responders: [],
    subscribers,
    paging: NO_PAGING,
    evidence: [],
    evidenceAt: null,
    hypotheses: [],
    alerts: linked([], alerts).alerts,
    changes: [],
    rootCause: null,
    resolution: null,
    resolvedAt: null,
    review: { at: null, notes: null },
    followUps: [],
    postmortem: null,
    lastUpdateAt: null,
    nextUpdateAt: updateDeadline({ severity, startedAt: start, lastUpdateAt: null, clock: {} }),
    reopened: 0,
    closedAt: null,
    card: null,
    clock: {},
    timeline: [],
    entries: 0,
  }
}

/** A start that nobody can read, or that lies ahead because a door's clock is wrong, is now. */
function startOf(startedAt: string, now: string): string {
  const time = Date.parse(startedAt)
  return Number.isNaN(time) || time > Date.parse(now) ? now : new Date(time).toISOString()
}

function emptyToNull(text: string): string | null {
  return text === '' ? null : text
}
