/** What earlier runs say about a target: the last full run, planned restarts since, and one value per metric and day. */
import { ALL_HOSTS, ESTATE } from '../../../domain/ids.ts'
import type { EventRow, HistoryQuery, TargetHistory } from '../../../domain/ledger.ts'
import type { DailyValue } from '../../../domain/measurements.ts'
import type { FindingVerdict } from '../../../domain/verdicts.ts'
import type { Connection } from './connection.ts'

/**
 * What concerns the estate as a whole is compared with the last run over all hosts.
 * A cancelled run and one that was limited to a group of steps have not seen everything: nothing is compared with them.
 */
const LAST_RUNS = `
SELECT asked.target, run.run_id, run.body::jsonb ->> 'nominalTime' AS nominal_time
FROM unnest($1::text[]) AS asked(target)
CROSS JOIN LATERAL (
  SELECT run_id, body FROM ledger.runs
  WHERE procedure = $2 AND nominal_time < $3 AND status = 'completed' AND limited_to IS NULL
    AND (asked.target = ANY(targets) OR (asked.target = $4 AND target = $5))
  ORDER BY nominal_time DESC, seq DESC LIMIT 1
) AS run`

/** As counted: what was waived then was nobody's problem then. */
const FINDINGS = `
SELECT target, finding, CASE WHEN body::jsonb ? 'waived' THEN 'skipped' ELSE verdict END AS verdict FROM ledger.findings
WHERE (run_id, target) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY seq`

/** Restarts are counted per boot, so both come from one run: the latest that saw the host's boot id. */
const BOOTS = `
SELECT asked.target, boot.boot_id, boot.nominal_time, (
    SELECT (body::jsonb #>> '{evidence,restarts}')::double precision FROM ledger.findings
    WHERE run_id = boot.run_id AND target = asked.target AND finding = 'service.state' LIMIT 1
  ) AS restarts
FROM unnest($1::text[]) AS asked(target)
CROSS JOIN LATERAL (
  SELECT run_id, body::jsonb #>> '{evidence,bootId}' AS boot_id, body::jsonb ->> 'nominalTime' AS nominal_time
  FROM ledger.findings AS finding
  WHERE finding.target = asked.target AND finding.finding = 'host.uptime' AND finding.nominal_time < $2
    AND body::jsonb #>> '{evidence,bootId}' IS NOT NULL
  ORDER BY finding.nominal_time DESC, seq DESC LIMIT 1
) AS boot`

const RESTARTS = `
SELECT body FROM ledger.events
WHERE kind = 'planned-restart' AND target = ANY($1) AND at > $2 AND at <= $3 ORDER BY at, seq`

/** The first run of a local day speaks for the day: later ones may follow a repair or a load test. */
const DAYS = `
SELECT DISTINCT ON (target, metric, day) target, metric, day::text AS day, value FROM ledger.measurements
WHERE procedure = $1 AND target = ANY($2)
  AND day < ($3::timestamptz AT TIME ZONE $4)::date AND day >= ($3::timestamptz AT TIME ZONE $4)::date - $5::int
ORDER BY target, metric, day, nominal_time, seq`

export async function recallHistory(connection: Connection, query: HistoryQuery): Promise<readonly TargetHistory[]> {
  const { procedure, targets, before, days, timezone } = query
  const runs = await connection.query<{ target: string; run_id: string; nominal_time: string }>(LAST_RUNS, [
    targets,
    procedure,
    before,
    ESTATE,
    ALL_HOSTS,
  ])
  const boots = await connection.query<{
    target: string
    boot_id: string
    nominal_time: string
    restarts: number | null
  }>(BOOTS, [targets, before])
  const findings = await connection.query<{ target: string; finding: string; verdict: FindingVerdict }>(FINDINGS, [
    runs.map(run => run.run_id),
    runs.map(run => run.target),
  ])
  const values = await connection.query<DailyValue>(DAYS, [procedure, targets, before, timezone, days])

  return Promise.all(
    targets.map(async target => {
      const run = runs.find(row => row.target === target)
      if (run === undefined)
        return { target, last: null, plannedRestarts: [], days: daysOf(values, target), lastFindings: [] }
      const boot = boots.find(row => row.target === target)
      const since = boot === undefined ? run.nominal_time : earlier(run.nominal_time, boot.nominal_time)
      const events = await connection.query<{ body: string }>(RESTARTS, [[target, ALL_HOSTS], since, before])
      return {
        target,
        last: { nominalTime: run.nominal_time, bootId: boot?.boot_id ?? null, restarts: boot?.restarts ?? null },
        plannedRestarts: events.map(({ body }): EventRow => JSON.parse(body)),
        days: daysOf(values, target),
        lastFindings: findings
          .filter(row => row.target === target)
          .map(row => ({ id: row.finding, verdict: row.verdict })),
      }
    }),
  )
}

function daysOf(values: readonly DailyValue[], target: string): readonly DailyValue[] {
  return values.filter(value => value.target === target)
}

function earlier(a: string, b: string): string {
  return Date.parse(a) < Date.parse(b) ? a : b
}
