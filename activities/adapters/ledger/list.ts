/** What people look up in the ledger: the last runs, what happened outside runs, and one run with all that belongs to it. */
import type { Finding } from '../../../domain/findings.ts'
import type { ArtefactRow, EventKind, EventRow, FindingRow, RunRow } from '../../../domain/ledger.ts'
import type { ArtefactRef, RunRecord } from '../../../domain/run-record.ts'
import type { Connection } from './connection.ts'

export interface RunFilter {
  readonly limit: number
  readonly procedure?: string
  /** ISO time: only runs that stand for this time or a later one. */
  readonly since?: string
}

export interface EventFilter {
  readonly limit: number
  readonly kind?: EventKind
  readonly target?: string
  readonly since?: string
}

/** Latest first. */
export async function listRuns(connection: Connection, filter: RunFilter): Promise<readonly RunRow[]> {
  const rows = await connection.query<{ body: string }>(
    `SELECT body FROM ledger.runs
     WHERE ($2::text IS NULL OR procedure = $2) AND ($3::timestamptz IS NULL OR nominal_time >= $3)
     ORDER BY nominal_time DESC, seq DESC LIMIT $1`,
    [filter.limit, filter.procedure ?? null, filter.since ?? null],
  )
  return rows.map(({ body }): RunRow => JSON.parse(body))
}

/** Latest first. */
export async function listEvents(connection: Connection, filter: EventFilter): Promise<readonly EventRow[]> {
  const rows = await connection.query<{ body: string }>(
    `SELECT body FROM ledger.events
     WHERE ($2::text IS NULL OR target = $2) AND ($3::timestamptz IS NULL OR at >= $3)
       AND ($4::text IS NULL OR kind = $4)
     ORDER BY at DESC, seq DESC LIMIT $1`,
    [filter.limit, filter.target ?? null, filter.since ?? null, filter.kind ?? null],
  )
  return rows.map(({ body }): EventRow => JSON.parse(body))
}

/** The event of this id, or null. */
export async function findEvent(connection: Connection, id: string): Promise<EventRow | null> {
  const [row] = await connection.query<{ body: string }>('SELECT body FROM ledger.events WHERE key = $1', [id])
  return row === undefined ? null : JSON.parse(row.body)
}

/** The youngest run of a workflow id, or the given one: answers when Temporal has already forgotten it. Null when there is none. */
export async function findRun(connection: Connection, workflowId: string, runId?: string): Promise<RunRecord | null> {
  const [run] = await connection.query<{ body: string; run_id: string }>(
    `SELECT body, run_id FROM ledger.runs WHERE workflow_id = $1 AND ($2::text IS NULL OR run_id = $2)
     ORDER BY seq DESC LIMIT 1`,
    [workflowId, runId ?? null],
  )
  if (run === undefined) return null
  const { day: _day, only: _only, ...record }: RunRow = JSON.parse(run.body)
  return {
    ...record,
    findings: (await bodiesOf(connection, 'findings', run.run_id)).map(({ body }): Finding => {
      const { workflowId: _w, runId: _r, nominalTime: _n, ...finding }: FindingRow = JSON.parse(body)
      return finding
    }),
    plan: null,
    digest: null,
    gates: [],
    artefacts: await artefactsOf(connection, run.run_id),
  }
}

/** In the order in which they were written. */
export async function artefactsOf(connection: Connection, runId: string): Promise<readonly ArtefactRef[]> {
  return (await bodiesOf(connection, 'artefacts', runId)).map(({ body }) => {
    const { workflowId: _w, runId: _r, ...artefact }: ArtefactRow = JSON.parse(body)
    return artefact
  })
}

function bodiesOf(connection: Connection, table: 'findings' | 'artefacts', runId: string) {
  return connection.query<{ body: string }>(`SELECT body FROM ledger.${table} WHERE run_id = $1 ORDER BY seq`, [runId])
}
