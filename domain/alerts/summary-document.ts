/** What the weekly summary of alerts hands over to be written down (A2.4). */
import { localDay } from '../calendar.ts'
import { type BegunRun, completedRecord } from '../completed-run.ts'
import type { Estate } from '../estate.ts'
import { type Finding, verdictOf } from '../findings.ts'
import { ESTATE } from '../ids.ts'
import type { ChecklistStep } from '../progress.ts'
import type { RunDocument } from '../report/document.ts'
import type { WeekLine } from './weekly.ts'

export interface SummaryInput {
  readonly run: BegunRun
  readonly estate: Pick<Estate, 'name' | 'timezone'>
  readonly lines: readonly WeekLine[]
  readonly checklist: readonly ChecklistStep[]
  readonly closedAt: string
}

export function documentSummary({ run, estate, lines, checklist, closedAt }: SummaryInput): RunDocument {
  const findings = [total(lines), ...lines.map(findingOf)]
  const verdict = verdictOf(findings)
  return {
    title: 'Weekly summary of alerts',
    estate: estate.name,
    timezone: estate.timezone,
    day: localDay(run.nominalTime, estate.timezone),
    record: completedRecord(run, {
      closedAt,
      verdict,
      targets: [{ name: ESTATE, verdict }],
      findings,
      artefacts: [],
    }),
    trends: [],
    latencies: [],
    patterns: [],
    checklist,
  }
}

function total(lines: readonly WeekLine[]): Finding {
  const count = lines.reduce((sum, line) => sum + line.count, 0)
  return {
    id: 'alerts.count',
    target: ESTATE,
    verdict: 'ok',
    summary: `${count} alerts in the week`,
    evidence: { count },
    hint: '',
    manualId: 'A2.4',
  }
}

/** What has become frequent asks for a look; it has been answered one by one already. */
function findingOf({ name, level, count, mean, trend }: WeekLine): Finding {
  const isMore = trend === 'more' || trend === 'new'
  return {
    id: `alerts.trend:${name}`,
    target: ESTATE,
    verdict: isMore ? 'warn' : 'ok',
    summary: `${name} (${level}) ${count} times, mean of four weeks ${mean.toFixed(1)}: ${trend}`,
    evidence: { level, count, mean, trend },
    hint: isMore ? 'Look at what it has in common, or correct its rule.' : '',
    manualId: 'A2.4',
  }
}
