/** The report as plain text: for terminals, mail and whoever reads over a serial line. */
import { localTime } from '../calendar.ts'
import type { Finding } from '../findings.ts'
import { count } from '../health/judge.ts'
import { percentiles } from '../percentiles.ts'
import { formatBytes, formatChange, formatEvidence, formatSpan, formatValue } from './format.ts'
import type { Change, ReportModel } from './model.ts'
import { headline, outline, type TargetOutline } from './outline.ts'

export function renderText(model: ReportModel): string {
  const { record, title, estate, timezone } = model
  const at = (iso: string) => localTime(iso, timezone)
  const lines = [
    `${title}: ${(record.verdict ?? record.status).toUpperCase()}`,
    headline(record),
    '',
    `Estate   ${estate}`,
    `For      ${at(record.nominalTime)}`,
    `Ran      ${at(record.startedAt)}${record.closedAt === null ? '' : `, ${formatSpan(record.startedAt, record.closedAt)}`}`,
    `Run      ${record.workflowId} / ${record.runId}`,
    ...section('What changed since the last run', changeLines(model)),
    ...outline(record).flatMap(targetLines),
    ...section('Numbers beside their 7-day median', trendLines(model)),
    ...section('Handshakes', latencyLines(model)),
    ...section('Most frequent log messages', patternLines(model)),
    ...section(
      'Steps',
      model.checklist.map(({ title: step, state, note }) => `${step}: ${note ?? state}`),
    ),
    ...section(
      'Files',
      record.artefacts.map(({ kind, bytes, ref }) => `${kind}, ${formatBytes(bytes)}, ${ref}`),
    ),
    '',
    model.ledgerHead === null
      ? 'Ledger: not known'
      : `Ledger: row ${model.ledgerHead.sequence}, ${model.ledgerHead.hash}`,
  ]
  return `${lines.map(printable).join('\n')}\n`
}

/** Text of a host may carry escape sequences that act on the terminal it is shown on, and line ends that forge lines. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD')
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)]
}

function changeLines({ changes, timezone }: ReportModel): readonly string[] {
  return changes.flatMap(({ target, since, changes: own }) => {
    if (since === null) return [`${target}: first run, nothing to compare with`]
    if (own.length === 0) return [`${target}: nothing since ${localTime(since, timezone)}`]
    return own.map(change => `${target}: ${changeWords(change)}`)
  })
}

/** "worse, warn -> fail: load over 5 minutes is 9 on 2 cores". */
function changeWords({ kind, id, before, now, summary }: Change): string {
  if (now === null) return `${kind}, was ${before ?? 'unknown'}: ${id}`
  const step = before === null || kind === 'new' ? now : `${before} -> ${now}`
  return `${kind}, ${step}: ${summary}`
}

function targetLines({ title, verdict, open, waived, fine, skipped }: TargetOutline): readonly string[] {
  return section(`${title}: ${verdict.toUpperCase()}`, [
    ...open.flatMap(findingLines),
    ...waived.flatMap(findingLines),
    ...skipped.map(({ id, summary }) => `[skipped] ${id}: ${summary}`),
    ...fine.map(({ summary }) => `[ok] ${summary}`),
  ])
}

function findingLines({ verdict, summary, hint, id, evidence, waived }: Finding): readonly string[] {
  const known = Object.entries(evidence).map(([name, value]) => `${name}=${formatEvidence(name, value)}`)
  return [
    `[${waived === undefined ? verdict : `waived ${verdict}`}] ${summary}`,
    ...(waived === undefined ? [] : [`    waived until ${waived.until} by ${waived.owner}: ${waived.reason}`]),
    ...(hint === '' ? [] : [`    next: ${hint}`]),
    `    ${id}${known.length === 0 ? '' : `: ${known.join(', ')}`}`,
  ]
}

function trendLines({ trends }: ReportModel): readonly string[] {
  return trends.map(({ target, metric, unit, value, median, days, changePercent }) => {
    const today = `${target} ${metric}: ${formatValue(value, unit)}`
    if (median === null) return `${today}, no earlier day`
    const change = changePercent === null ? '' : ` (${formatChange(changePercent)})`
    return `${today}, median of ${count(days, 'day')} ${formatValue(median, unit)}${change}`
  })
}

function latencyLines({ latencies }: ReportModel): readonly string[] {
  return latencies.flatMap(({ target, samplesMs }) => {
    const found = percentiles(samplesMs)
    if (found === null) return []
    const { n, p50, p95, max } = found
    const [half, most, worst] = [p50, p95, max].map(value => formatValue(value, 'ms'))
    return [`${target}: n=${n}, p50 ${half}, p95 ${most}, max ${worst}`]
  })
}

function patternLines({ logPatterns }: ReportModel): readonly string[] {
  return logPatterns.flatMap(({ target, errors, warnings }) => [
    ...errors.map(({ count, fingerprint }) => `${target}: ${count} x ERROR ${fingerprint}`),
    ...warnings.map(({ count, fingerprint }) => `${target}: ${count} x WARN ${fingerprint}`),
  ])
}
