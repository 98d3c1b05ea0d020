/** A run for a person at a terminal: verdict first, then what has to be looked at, then where the rest is. */
import type { ChangeResult } from '../domain/changes.ts'
import { toSecond } from '../domain/clock.ts'
import { noteworthy } from '../domain/findings.ts'
import type { RunRecord } from '../domain/run-record.ts'
import { type Terminal, table, verdictMark } from './terminal.ts'

export interface RunView {
  readonly record: RunRecord
  /** Why it ended without a result, when it did. */
  readonly reason: string | null
  /** How a change ended; null for other runs. */
  readonly outcome: ChangeResult | null
  /** The run's page in the Temporal UI, when one is known. */
  readonly link: string | null
}

export function sayRun(terminal: Terminal, { record, reason, outcome, link }: RunView): void {
  const { say, paint } = terminal
  const verdict =
    record.verdict === null
      ? paint('cyan', record.status === 'running' ? '▶ running' : record.status)
      : verdictMark(terminal, record.verdict).trimEnd()
  say(`${verdict}  ${paint('bold', record.procedure)} of ${record.target}, ${when(record)}`)
  if (reason !== null) say(`  ${record.status}: ${reason}`)
  if (outcome !== null) say(`  ${outcome.state}: ${outcome.outcome}`)
  for (const line of table(record.targets.map(({ name, verdict: one }) => [`  ${verdictMark(terminal, one)}`, name]))) {
    say(line)
  }
  sayFindings(terminal, record)
  say()
  say(paint('dim', `  ${record.workflowId}  run ${record.runId}`))
  const reports = record.artefacts.filter(({ kind }) => kind.startsWith('report-'))
  if (reports.length > 0) say(paint('dim', `  report: ops report ${record.workflowId} --html --output report.html`))
  if (link !== null) say(paint('dim', `  ${link}`))
}

function sayFindings(terminal: Terminal, { findings }: RunRecord): void {
  const { say, paint } = terminal
  const shown = noteworthy(findings)
  if (shown.length > 0) say()
  for (const finding of shown) {
    const waived = finding.waived === undefined ? '' : paint('dim', ` (waived until ${finding.waived.until})`)
    say(`  ${verdictMark(terminal, finding.verdict)} ${finding.target}  ${finding.summary}${waived}`)
    if (finding.hint !== '') say(paint('dim', `            ${finding.id}: ${finding.hint}`))
  }
  const count = (verdict: string) => findings.filter(finding => finding.verdict === verdict).length
  if (findings.length > 0) {
    say()
    say(`  ${findings.length} findings: ${count('ok')} ok, ${count('skipped')} skipped, ${shown.length} to look at`)
  }
}

function when({ startedAt, closedAt, status }: RunRecord): string {
  const start = toSecond(startedAt)
  if (closedAt === null) return `since ${start} UTC`
  const seconds = Math.round((Date.parse(closedAt) - Date.parse(startedAt)) / 1000)
  return `${status} after ${seconds} s, started ${start} UTC`
}

/** The run's page in the Temporal UI. */
export function runLink(
  ui: string | null,
  namespace: string,
  run: { readonly workflowId: string; readonly runId: string },
): string | null {
  if (ui === null) return null
  return `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(run.workflowId)}/${run.runId}/history`
}
