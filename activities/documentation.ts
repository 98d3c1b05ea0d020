/** Writes a run down: findings, measurements, reports and the run itself, in an order that a crash cannot spoil. */
import { OpsError } from '../domain/failures.ts'
import { incidentLog } from '../domain/incident-log.ts'
import type { AppendReceipt, ChainHead, HistoryQuery, LedgerRow, RunRow } from '../domain/ledger.ts'
import { changesSince } from '../domain/report/changes.ts'
import type { RunDocument } from '../domain/report/document.ts'
import type { ReportModel } from '../domain/report/model.ts'
import type { ArtefactRef } from '../domain/run-record.ts'
import { weekMedians } from '../domain/trends.ts'
import type { Ledger } from './adapters/ledger/ledger.ts'
import type { Background, Documented } from './control-plane.ts'

/** Days that a trend looks back. */
const WEEK = 7

export interface DocumentationPorts {
  readonly ledger: Pick<Ledger, 'append' | 'recall' | 'artefactsOf'>
  /** Renders and stores a report in all its forms. */
  readonly publish: (model: ReportModel) => Promise<readonly ArtefactRef[]>
}

export function createDocumentationActivities({ ledger, publish }: DocumentationPorts) {
  return {
    /** Reads only. The single days and findings stay in the ledger; a workflow's history gets what a judgement needs. */
    async recallBackground(query: HistoryQuery): Promise<Background> {
      const histories = await ledger.recall(query)
      return {
        histories: histories.map(({ target, last, plannedRestarts }) => ({ target, last, plannedRestarts })),
        weeks: weekMedians(histories.flatMap(({ days }) => days)),
      }
    },

    /**
     * Idempotent. Rows are recognised by their keys, so a second try completes the first. History may have gone on since
     * and would render other reports, so those that the first try wrote down stand. The run's own row comes last: as
     * long as it is missing, the rest is known to be unfinished.
     */
    async documentRun(document: RunDocument): Promise<Documented> {
      const { record } = document
      const head = agreed(await ledger.append([...findingRows(document), ...measurementRows(document)]))
      const written = await ledger.artefactsOf(record.runId)
      const artefacts =
        written.length > 0
          ? written
          : [...record.artefacts, ...(await publish(await reportModel(ledger, document, head)))]
      const rows: readonly LedgerRow[] = [
        ...artefactRows(document, artefacts),
        ...incidentLog(record).map((row): LedgerRow => ({ table: 'events', row })),
        { table: 'runs', row: runRow(document) },
      ]
      agreed(await ledger.append(rows))
      return { artefacts }
    },

    /** Idempotent: the row is recognised by the run's id. */
    async recordEnd(run: RunRow): Promise<void> {
      await ledger.append([{ table: 'runs', row: run }])
    },
  }
}

/**
 * A second try writes what the first one wrote. Other rows under the same keys are of another origin, and trying again
 * would not make them agree: hence an owner that is not retried.
 */
function agreed(receipt: AppendReceipt): AppendReceipt {
  const { conflicting } = receipt
  if (conflicting.length === 0) return receipt
  const shown = conflicting.slice(0, 3).join(', ') + (conflicting.length > 3 ? ', …' : '')
  throw new OpsError({
    owner: 'configuration',
    message: `the ledger already holds ${conflicting.length} other rows under the keys of this run: ${shown}`,
    hint: 'The first rows stand. Run "ops ledger verify", and look for a second control plane of another release that writes here.',
  })
}

async function reportModel(
  ledger: DocumentationPorts['ledger'],
  document: RunDocument,
  head: ChainHead,
): Promise<ReportModel> {
  const { record, timezone } = document
  const histories = await ledger.recall({
    procedure: record.procedure,
    targets: [...new Set([...record.targets.map(({ name }) => name), ...record.findings.map(({ target }) => target)])],
    before: record.nominalTime,
    days: WEEK,
    timezone,
  })
  const days = histories.flatMap(history => history.days)
  return {
    record,
    title: document.title,
    estate: document.estate,
    timezone,
    changes: changesSince(record.findings, histories),
    trends: document.trends.map(row => ({
      ...row,
      week: days
        .filter(({ target, metric }) => target === row.target && metric === row.metric)
        .toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    })),
    latencies: document.latencies,
    logPatterns: document.patterns,
    ledgerHead: { sequence: head.sequence, hash: head.hash },
    checklist: document.checklist,
  }
}

function findingRows({ record }: RunDocument): readonly LedgerRow[] {
  const { workflowId, runId, nominalTime } = record
  return record.findings.map(finding => ({
    table: 'findings',
    row: { ...finding, workflowId, runId, nominalTime },
  }))
}

function measurementRows({ record, day, trends }: RunDocument): readonly LedgerRow[] {
  const { procedure, workflowId, runId, nominalTime } = record
  return trends.map(({ target, metric, unit, value, n }) => ({
    table: 'measurements',
    row: { target, metric, unit, value, n, procedure, workflowId, runId, nominalTime, day },
  }))
}

function artefactRows({ record }: RunDocument, artefacts: readonly ArtefactRef[]): readonly LedgerRow[] {
  const { workflowId, runId } = record
  return artefacts.map(artefact => ({ table: 'artefacts', row: { ...artefact, workflowId, runId } }))
}

function runRow({ record, day, only }: RunDocument): RunRow {
  const { workflowId, runId, procedure, target, nominalTime, startedAt, closedAt, status, targets } = record
  return {
    workflowId,
    runId,
    procedure,
    target,
    nominalTime,
    day,
    startedAt,
    closedAt: closedAt ?? startedAt,
    status,
    verdict: record.verdict ?? 'unknown',
    targets,
    ...(only === undefined ? {} : { only }),
  }
}
