/** The append-only record in PostgreSQL, as the rest of the house sees it. */
import type { EmergencyUse } from '../../../domain/approvals/review.ts'
import type {
  AppendReceipt,
  ChainHead,
  DecisionRow,
  EventRow,
  HistoryQuery,
  IncidentRow,
  LedgerCheck,
  LedgerRow,
  RunRow,
  TargetHistory,
} from '../../../domain/ledger.ts'
import type { ArtefactRef, RunRecord } from '../../../domain/run-record.ts'
import { appendRows, readHead } from './append.ts'
import { connect, type LedgerConnection } from './connection.ts'
import {
  currentFreeze,
  type DecisionFilter,
  emergencyUses,
  type IncidentFilter,
  listDecisions,
  listEntries,
  listIncidents,
  milestones,
  type Numbering,
  numberIncident,
  timelineOf,
  type UseFilter,
} from './incidents.ts'
import { artefactsOf, type EventFilter, findEvent, findRun, listEvents, listRuns, type RunFilter } from './list.ts'
import { recallHistory } from './recall.ts'
import { verifyChain } from './verify.ts'

/** Every method throws an OpsError: owner `host` when the ledger is unreachable, which passes and is worth a retry. */
export interface Ledger {
  /** All rows or none; rows that an earlier try wrote are left as they are. */
  append(rows: readonly LedgerRow[]): Promise<AppendReceipt>
  /** Records one event. Repeating it changes nothing. */
  note(event: EventRow): Promise<AppendReceipt>
  head(): Promise<ChainHead>
  /** `expected` is a head on record elsewhere; with it a cut tail shows. Reads the whole ledger. */
  verify(expected?: ChainHead): Promise<LedgerCheck>
  /** One entry per asked target, in the order asked. */
  recall(query: HistoryQuery): Promise<readonly TargetHistory[]>
  listRuns(filter: RunFilter): Promise<readonly RunRow[]>
  listEvents(filter: EventFilter): Promise<readonly EventRow[]>
  findEvent(id: string): Promise<EventRow | null>
  findRun(workflowId: string, runId?: string): Promise<RunRecord | null>
  /** What is already written down for a run, in the order of its writing; empty before that. */
  artefactsOf(runId: string): Promise<readonly ArtefactRef[]>
  /** The incident's number; the same for every try. */
  numberIncident(incident: Numbering): Promise<number>
  /** The newest entry of each incident, newest incident first. */
  listIncidents(filter: IncidentFilter): Promise<readonly IncidentRow[]>
  /** Entries of all incidents, latest first. */
  listEntries(filter: { readonly limit: number; readonly since?: string }): Promise<readonly IncidentRow[]>
  timelineOf(number: number): Promise<readonly IncidentRow[]>
  milestones(kinds: readonly string[], since: string): Promise<readonly IncidentRow[]>
  listDecisions(filter: DecisionFilter): Promise<readonly DecisionRow[]>
  /** Decisions by break-glass or alone that were in force, the first one first. */
  emergencyUses(filter: UseFilter): Promise<readonly EmergencyUse[]>
  /** Null while nothing is frozen. */
  currentFreeze(): Promise<EventRow | null>
  close(): Promise<void>
}

/** Connects at the first use, as the insert-only role. */
export function openLedger(address: LedgerConnection): Ledger {
  const connection = connect(address)
  return {
    append: rows => appendRows(connection, rows),
    note: event => appendRows(connection, [{ table: 'events', row: event }]),
    head: () => readHead(connection.query),
    verify: expected => verifyChain(connection, expected),
    recall: query => recallHistory(connection, query),
    listRuns: filter => listRuns(connection, filter),
    listEvents: filter => listEvents(connection, filter),
    findEvent: id => findEvent(connection, id),
    findRun: (workflowId, runId) => findRun(connection, workflowId, runId),
    artefactsOf: runId => artefactsOf(connection, runId),
    numberIncident: incident => numberIncident(connection, incident),
    listIncidents: filter => listIncidents(connection, filter),
    listEntries: filter => listEntries(connection, filter),
    timelineOf: number => timelineOf(connection, number),
    milestones: (kinds, since) => milestones(connection, kinds, since),
    listDecisions: filter => listDecisions(connection, filter),
    emergencyUses: filter => emergencyUses(connection, filter),
    currentFreeze: () => currentFreeze(connection),
    close: () => connection.close(),
  }
}
