/** Incidents and decisions in the ledger: numbers, timelines, emergency decisions, the freeze switch. */
import type { EmergencyUse } from '../../../domain/approvals/review.ts'
import { UNWRITTEN } from '../../../domain/approvals/rows.ts'
import type { DecisionRow, EventRow, IncidentRow } from '../../../domain/ledger.ts'
import { appendInTurn, takeTurn } from './append.ts'
import type { Connection } from './connection.ts'

/** The row that gives an incident its number; everything but the number comes from the incident. */
export type Numbering = Omit<IncidentRow, 'number' | 'entry' | 'kind'>

/** The next number, or the one that an earlier try has given: the row stands under the incident's own key. */
export function numberIncident(connection: Connection, incident: Numbering): Promise<number> {
  return connection.transaction(async query => {
    await takeTurn(query)
    const [given] = await query<{ number: number }>('SELECT number FROM ledger.incidents WHERE key = $1', [
      `${incident.incident}/0`,
    ])
    if (given !== undefined) return given.number
    const [last] = await query<{ number: number | null }>('SELECT max(number) AS number FROM ledger.incidents', [])
    const number = (last?.number ?? 0) + 1
    await appendInTurn(query, [{ table: 'incidents', row: { ...incident, number, entry: 0, kind: 'numbered' } }])
    return number
  })
}

export interface IncidentFilter {
  readonly limit: number
  /** ISO time: incidents with an entry at or after it. */
  readonly since?: string
  /** Found in any title or entry, without regard to case. */
  readonly search?: string
  /** Only those that are not closed. */
  readonly open?: boolean
}

/** The newest entry of each incident, newest incident first. */
export async function listIncidents(connection: Connection, filter: IncidentFilter): Promise<readonly IncidentRow[]> {
  const rows = await connection.query<{ body: string }>(
    `SELECT body FROM (SELECT DISTINCT ON (number) number, body FROM ledger.incidents AS last
     WHERE ($2::timestamptz IS NULL OR at >= $2)
       AND ($3::text IS NULL OR EXISTS (
         SELECT 1 FROM ledger.incidents AS entry WHERE entry.number = last.number
           AND strpos(lower(entry.body::jsonb ->> 'title' || ' ' || (entry.body::jsonb ->> 'text')), lower($3)) > 0))
     ORDER BY number DESC, seq DESC) AS newest
     WHERE NOT $4 OR body::jsonb ->> 'status' <> 'closed'
     ORDER BY number DESC LIMIT $1`,
    [filter.limit, filter.since ?? null, filter.search ?? null, filter.open ?? false],
  )
  return rows.map(({ body }): IncidentRow => JSON.parse(body))
}

/** Entries of all incidents, latest first. */
export async function listEntries(
  connection: Connection,
  filter: { readonly limit: number; readonly since?: string },
): Promise<readonly IncidentRow[]> {
  const rows = await connection.query<{ body: string }>(
    `SELECT body FROM ledger.incidents
     WHERE kind <> 'numbered' AND ($2::timestamptz IS NULL OR at >= $2) ORDER BY seq DESC LIMIT $1`,
    [filter.limit, filter.since ?? null],
  )
  return rows.map(({ body }): IncidentRow => JSON.parse(body))
}

/** All entries of one incident, in their order; empty when there is no such number. */
export async function timelineOf(connection: Connection, number: number): Promise<readonly IncidentRow[]> {
  const rows = await connection.query<{ body: string }>(
    'SELECT body FROM ledger.incidents WHERE number = $1 ORDER BY seq',
    [number],
  )
  return rows.map(({ body }): IncidentRow => JSON.parse(body))
}

/** Entries of these kinds since a time, oldest first: what MTTA and MTTR are computed from. */
export async function milestones(
  connection: Connection,
  kinds: readonly string[],
  since: string,
): Promise<readonly IncidentRow[]> {
  const rows = await connection.query<{ body: string }>(
    'SELECT body FROM ledger.incidents WHERE kind = ANY($1) AND at >= $2 ORDER BY seq',
    [kinds, since],
  )
  return rows.map(({ body }): IncidentRow => JSON.parse(body))
}

export interface DecisionFilter {
  readonly limit: number
  readonly approvalId?: string
  readonly since?: string
}

/** Latest first. */
export async function listDecisions(connection: Connection, filter: DecisionFilter): Promise<readonly DecisionRow[]> {
  const rows = await connection.query<{ body: string }>(
    `SELECT body FROM ledger.decisions
     WHERE ($2::text IS NULL OR approval = $2) AND ($3::timestamptz IS NULL OR at >= $3)
     ORDER BY seq DESC LIMIT $1`,
    [filter.limit, filter.approvalId ?? null, filter.since ?? null],
  )
  return rows.map(({ body }): DecisionRow => JSON.parse(body))
}

/** Of one person, of one incident (INC-7), of one approval, or all. */
export type UseFilter =
  | { readonly person: string }
  | { readonly incident: string }
  | { readonly approvalId: string }
  | { readonly all: true }

/**
 * Decisions by break-glass or alone that were in force, in the order in which they were written, each with who asked and what
 * was said about it since. One whose answer was lost was not in force.
 */
export async function emergencyUses(connection: Connection, filter: UseFilter): Promise<readonly EmergencyUse[]> {
  const { person, incident, approvalId } = { person: null, incident: null, approvalId: null, ...filter }
  const rows = await connection.query<{ used: string; opened: string | null; reviews: readonly string[] | null }>(
    `SELECT used.body AS used, opened.body AS opened, (
       SELECT array_agg(review.body ORDER BY review.seq) FROM ledger.decisions AS review
       WHERE review.approval = used.approval AND review.kind = 'review'
     ) AS reviews
     FROM ledger.decisions AS used
     LEFT JOIN ledger.decisions AS opened ON opened.key = used.approval || '/opened'
     WHERE ($1::text IS NULL OR used.person = $1)
       AND ($2::text IS NULL OR opened.body::jsonb ->> 'incident' = $2)
       AND ($3::text IS NULL OR used.approval = $3)
       AND used.kind = 'attempt' AND (used.body::jsonb ->> 'counted')::boolean
       AND used.body::jsonb ->> 'verdict' IN ('breakglass', 'approve-alone')
       AND NOT EXISTS (SELECT 1 FROM ledger.decisions AS twin WHERE twin.key = used.key || '${UNWRITTEN}')
     ORDER BY used.seq`,
    [person, incident, approvalId],
  )
  return rows.map(({ used, opened, reviews }) => ({
    used: JSON.parse(used),
    opened: opened === null ? null : JSON.parse(opened),
    reviews: (reviews ?? []).map((body): DecisionRow => JSON.parse(body)),
  }))
}

/** The event that froze changes, or null when they were thawed since, or never frozen. */
export async function currentFreeze(connection: Connection): Promise<EventRow | null> {
  const [last] = await connection.query<{ body: string; kind: string }>(
    `SELECT body, kind FROM ledger.events WHERE kind IN ('freeze', 'thaw') ORDER BY seq DESC LIMIT 1`,
    [],
  )
  return last === undefined || last.kind === 'thaw' ? null : JSON.parse(last.body)
}
