/** Rows of a small run, for tests of the ledger. */
import type { Evidence } from '../../domain/findings.ts'
import type { LedgerRow, RunRow } from '../../domain/ledger.ts'
import type { FindingVerdict } from '../../domain/verdicts.ts'

export interface SampleRun {
  readonly runId: string
  readonly nominalTime: string
  /** Local day, which a real run takes from its estate's zone. */
  readonly day?: string
  readonly status?: RunRow['status']
  readonly only?: string
  readonly targets?: readonly string[]
  readonly findings?: readonly {
    id: string
    verdict: FindingVerdict
    target?: string
    evidence?: Evidence
    waived?: boolean
  }[]
  readonly metrics?: Readonly<Record<string, number>>
}

export function rowsOf(run: SampleRun): readonly LedgerRow[] {
  const { runId, nominalTime, day = nominalTime.slice(0, 10), targets = ['alpha'] } = run
  const identity = { workflowId: 'health-check:all', runId }
  return [
    {
      table: 'runs',
      row: {
        ...identity,
        procedure: 'health-check',
        target: 'all',
        nominalTime,
        day,
        startedAt: nominalTime,
        closedAt: nominalTime,
        status: run.status ?? 'completed',
        verdict: 'ok',
        targets: targets.map(name => ({ name, verdict: 'ok' as const })),
        ...(run.only === undefined ? {} : { only: run.only }),
      },
    },
    ...(run.findings ?? []).map(
      ({ id, verdict, target = 'alpha', evidence = {}, waived }): LedgerRow => ({
        table: 'findings',
        row: {
          ...identity,
          nominalTime,
          id,
          target,
          verdict,
          summary: `${id} is ${verdict}`,
          evidence,
          hint: '',
          manualId: 'D1',
          ...(waived === true ? { waived: { reason: 'known', owner: 'ana', until: '2027-01-01' } } : {}),
        },
      }),
    ),
    ...targets.flatMap(target =>
      Object.entries(run.metrics ?? {}).map(
        ([metric, value]): LedgerRow => ({
          table: 'measurements',
          row: { ...identity, procedure: 'health-check', nominalTime, day, target, metric, unit: 'ms', value, n: 20 },
        }),
      ),
    ),
  ]
}

export function plannedRestart(id: string, at: string, target = 'alpha'): LedgerRow {
  return { table: 'events', row: { id, kind: 'planned-restart', target, at, reason: 'new kernel', by: 'ana' } }
}
