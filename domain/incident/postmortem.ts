/** The draft of a post-mortem (I2.4a, S52): what happened is derived from the timeline, what nobody has said yet is listed as missing. */
import { toSecond } from '../clock.ts'
import type { IncidentRow } from '../ledger.ts'
import { inline } from '../markdown.ts'
import { formatSpan } from '../report/format.ts'
import { workBegan } from './deadlines.ts'
import { type Incident, incidentName, type RootCause } from './incident.ts'
import { CATEGORY_WORDS, needsReview, SEVERITY_RULES } from './severity.ts'

export interface TimelineLine {
  readonly seq: number
  readonly at: string
  /** Null for a machine. */
  readonly person: string | null
  readonly door: string
  readonly kind: string
  readonly text: string
}

/** What `ops incident export --format json` prints. */
export interface PostmortemJson {
  readonly name: string
  readonly incident: Incident
  /**
   * Minutes to the first acknowledgement since people began to work on it, and from the start to the resolution; null while
   * there is none.
   */
  readonly respondedMinutes: number | null
  readonly resolvedMinutes: number | null
  readonly missing: readonly string[]
  readonly timeline: readonly TimelineLine[]
}

const ROOT_CAUSE: Readonly<Record<keyof RootCause, string>> = {
  trigger: 'Trigger',
  propagation: 'Propagation',
  contributingFactors: 'Contributing factors',
  findings: 'Findings',
}

/** `rows` are the incident's in the ledger; without them the newest entries, which its state keeps, have to do. Times are UTC. */
export function postmortemMarkdown(incident: Incident, rows: readonly IncidentRow[]): string {
  const { title, rootCause, resolution, review, impact } = incident
  const timeline = timelineOf(incident, rows)
  const sections = [
    [`# Post-mortem ${incidentName(incident.number)}: ${inline(title)}`],
    missingLines(incident),
    ['## Summary', '', ...factLines(incident)],
    ['## Impact', '', block(impact)],
    ['## Root cause', '', ...rootCauseLines(rootCause)],
    ['## Resolution', '', block(resolution)],
    ['## Changes', '', ...changeLines(incident)],
    ['## Evidence', '', ...evidenceLines(incident)],
    ['## Follow-up actions', '', ...followUpLines(incident)],
    ['## Notes of the post-mortem', '', block(review.notes)],
    ['## Timeline (UTC)', '', ...timelineLines(incident, timeline)],
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

export function postmortemJson(incident: Incident, rows: readonly IncidentRow[]): PostmortemJson {
  const { number, startedAt, respondedAt, resolvedAt } = incident
  const begun = workBegan(incident)
  return {
    name: incidentName(number),
    incident,
    respondedMinutes: respondedAt === null ? null : minutesBetween(begun, respondedAt),
    resolvedMinutes: resolvedAt === null ? null : minutesBetween(startedAt, resolvedAt),
    missing: missingFields(incident),
    timeline: timelineOf(incident, rows),
  }
}

/** What nobody has said yet, in the order of the draft. */
export function missingFields(incident: Incident): readonly string[] {
  const { impact, rootCause, resolution, review, followUps } = incident
  const isDue = needsReview(incident)
  const kinds = followUps.map(({ kind }) => kind)
  return [
    ...(impact === null ? ['impact'] : []),
    ...(rootCause === null ? Object.values(ROOT_CAUSE).map(field => `root cause: ${field.toLowerCase()}`) : []),
    ...(resolution === null ? ['resolution'] : []),
    ...(kinds.includes('prevention') ? [] : ['follow-up: prevention']),
    ...(kinds.includes('monitoring') ? [] : ['follow-up: monitoring']),
    ...(isDue && review.at === null ? ['date of the post-mortem'] : []),
    ...(isDue && review.notes === null ? ['notes of the post-mortem'] : []),
  ]
}

function missingLines(incident: Incident): readonly string[] {
  const missing = missingFields(incident)
  return missing.length === 0 ? [] : ['Still missing:', '', ...missing.map(field => `- [ ] ${field}`)]
}

function factLines(incident: Incident): readonly string[] {
  const { severity, category, status, ending, startedAt, respondedAt, resolvedAt, closedAt, systems } = incident
  const { roles, declaredBy, mergedInto, alerts, reopened, review } = incident
  const rule = SEVERITY_RULES[severity]
  const span = (to: string | null, from = startedAt) =>
    to === null ? 'not yet' : `${toSecond(to)} (after ${formatSpan(from, to)})`
  const facts: readonly (readonly [string, string])[] = [
    ['Severity', `${rule.title} (${rule.words})`],
    ['Category', `${category} (${CATEGORY_WORDS[category]})`],
    ['Status', ending === null ? status : `${status}, ${ending}${mergedInto === null ? '' : ` of ${mergedInto}`}`],
    ['Started', toSecond(startedAt)],
    ['First response', span(respondedAt, workBegan(incident))],
    ['Resolved', span(resolvedAt)],
    ['Closed', closedAt === null ? 'not yet' : toSecond(closedAt)],
    ['Reopened', reopened === 0 ? 'never' : `${reopened} times`],
    ['Systems', systems.length === 0 ? 'all hosts' : systems.join(', ')],
    ['Declared by', declaredBy.person ?? declaredBy.door],
    [
      'Roles',
      Object.entries(roles)
        .map(([role, person]) => `${role} ${person}`)
        .join(', ') || 'none',
    ],
    ['Alerts', [...new Set(alerts.map(({ name }) => name))].join(', ') || 'none'],
    ['Post-mortem', review.at ?? 'no date'],
  ]
  return facts.map(([name, value]) => `- **${name}**: ${inline(value)}`)
}

function rootCauseLines(rootCause: RootCause | null): readonly string[] {
  const fields = Object.entries(ROOT_CAUSE) as readonly (readonly [keyof RootCause, string])[]
  return fields.map(([field, name]) => `- **${name}**: ${rootCause === null ? MISSING : inline(rootCause[field])}`)
}

function changeLines({ changes }: Incident): readonly string[] {
  if (changes.length === 0) return ['None.']
  return changes.map(({ number, kind, title, requestedBy, state, outcome }) => {
    const end = outcome === null ? state : `${state}: ${outcome}`
    return `- ${number}. ${kind}: ${inline(title)}, asked for by ${requestedBy}; ${inline(end)}`
  })
}

function evidenceLines({ hypotheses, evidence }: Incident): readonly string[] {
  const guesses = hypotheses.map(
    ({ weight, title, evidence: reasons }) => `- ${Math.round(weight)} %: ${inline([title, ...reasons].join('; '))}`,
  )
  const pieces = evidence.map(({ host, collector, state, summary, artefact }) => {
    const file = artefact === null ? '' : ` (${artefact.ref})`
    return `- ${host}, ${collector}, ${state}: ${inline(summary)}${file}`
  })
  return guesses.length + pieces.length === 0 ? ['None.'] : [...guesses, ...pieces]
}

function followUpLines({ followUps }: Incident): readonly string[] {
  if (followUps.length === 0) return [MISSING]
  return followUps.map(({ number, kind, title, owner, due, doneAt }) => {
    const box = doneAt === null ? '[ ]' : '[x]'
    return `- ${box} ${number}. ${kind}: ${inline(title)} (${owner}, due ${due})`
  })
}

function timelineLines({ entries }: Incident, timeline: readonly TimelineLine[]): readonly string[] {
  const left = entries - timeline.length
  const note = left > 0 ? [`${left} earlier entries are in the ledger only.`, ''] : []
  const lines = timeline.map(({ seq, at, person, door, text }) => {
    const who = person === null ? door : `${person} (${door})`
    return `${seq}. ${toSecond(at)} **${inline(who)}**: ${inline(text)}`
  })
  return [...note, ...lines]
}

/** The ledger has all of it, unless it is behind or away. Entry 0 only gives the number. */
function timelineOf({ timeline }: Incident, rows: readonly IncidentRow[]): readonly TimelineLine[] {
  const lines = new Map<number, TimelineLine>()
  for (const { entry, at, person, door, kind, text } of rows) {
    if (entry > 0) lines.set(entry, { seq: entry, at, person, door, kind, text })
  }
  for (const { seq, at, by, kind, text } of timeline) lines.set(seq, { seq, at, ...by, kind, text })
  return [...lines.values()].toSorted((a, b) => a.seq - b.seq)
}

const MISSING = '*missing*'

function block(text: string | null): string {
  return text === null ? MISSING : text.split('\n').map(inline).join('\n')
}

function minutesBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 6_000) / 10
}
