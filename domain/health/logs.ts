/** D1.3 and D1.4a: the log of the last 24 hours, judged by the rate of failed requests and by percentiles. */
import type { LogFacts, Percentiles } from '../facts.ts'
import type { Finding } from '../findings.ts'
import type { Observed } from '../observed.ts'
import type { Thresholds } from '../thresholds.ts'
import { count, finding, judgeAbove, judgeObserved, round } from './judge.ts'

export interface LogContext {
  readonly target: string
  readonly thresholds: Thresholds
}

/** D1.3: errors, warnings and connections. */
export function judgeLog(fact: Observed<LogFacts>, context: LogContext): readonly Finding[] {
  const subject = { id: 'log.errors', target: context.target, manualId: 'D1.3a' }
  return judgeObserved(subject, fact, log => [
    judgeErrors(log, context),
    judgeWarnings(log, context),
    connectionEvents(log, context),
    ...judgeReadability(log, context),
  ])
}

function judgeErrors(log: LogFacts, { target, thresholds }: LogContext): Finding {
  const subject = { id: 'log.errors', target, manualId: 'D1.3a' }
  const rate = log.requests === 0 ? null : (100 * log.failedRequests) / log.requests
  const evidence = {
    errors: log.errors,
    errorsBefore: log.previous?.errors ?? null,
    requests: log.requests,
    failedRequests: log.failedRequests,
    ratePercent: rate === null ? null : round(rate),
    top: log.topErrors.map(pattern => `${pattern.count} x ${pattern.fingerprint}`),
  }
  const hint = `Read the errors in the excerpt of this run's artefacts; the most frequent: ${log.topErrors[0]?.fingerprint ?? 'none'}.`
  if (rate === null || log.requests < thresholds.minimumSamples) {
    const summary = `${count(log.errors, 'error')}; ${count(log.requests, 'request')} are too few for a rate`
    return finding(subject, log.errors === 0 ? 'skipped' : 'warn', summary, evidence, log.errors === 0 ? '' : hint)
  }
  const verdict = judgeAbove(rate, thresholds.errorRatePercent)
  const summary = `${round(rate)} % of ${log.requests} requests failed, ${count(log.errors, 'error')} in 24 h`
  return finding(subject, verdict, summary, evidence, verdict === 'ok' ? '' : hint)
}

/** The manual sets no limit for warnings: they are shown with their growth, and judged by nobody but the reader. */
function judgeWarnings(log: LogFacts, { target }: LogContext): Finding {
  const before = log.previous === null ? '' : `, ${log.previous.warnings} the day before`
  return finding(
    { id: 'log.warnings', target, manualId: 'D1.3b' },
    'ok',
    `${count(log.warnings, 'warning')} in 24 h${before}`,
    {
      warnings: log.warnings,
      warningsBefore: log.previous?.warnings ?? null,
      top: log.topWarnings.map(pattern => `${pattern.count} x ${pattern.fingerprint}`),
    },
  )
}

function connectionEvents(log: LogFacts, { target }: LogContext): Finding {
  return finding(
    { id: 'log.connections', target, manualId: 'D1.3c' },
    'ok',
    `${log.connected} connected, ${log.disconnected} disconnected in 24 h`,
    {
      connected: log.connected,
      disconnected: log.disconnected,
      net: log.connected - log.disconnected,
      disconnectsPerConnect: log.connected === 0 ? null : round(log.disconnected / log.connected),
    },
  )
}

/** A log that cannot be understood must not look like a quiet one. */
function judgeReadability(log: LogFacts, { target }: LogContext): readonly Finding[] {
  const subject = { id: 'log.readable', target, manualId: 'D1.3a' }
  const evidence = {
    files: log.files,
    bytesRead: log.bytesRead,
    records: log.records,
    unparsable: log.unparsable,
    oversized: log.oversized,
  }
  if (log.records === 0) {
    const hint = 'A service in use writes something every day: check that it logs to the configured place.'
    return [finding(subject, 'unknown', 'no record in the last 24 h', evidence, hint)]
  }
  if (log.unparsable > log.records) {
    const hint = 'The log is in another format than expected: check service.log in the estate file.'
    return [finding(subject, 'unknown', `${log.unparsable} lines were not understood`, evidence, hint)]
  }
  return [finding(subject, 'ok', `${log.records} records read`, evidence)]
}

/** D1.4a: percentiles of request durations; turns of a prompt take as long as the model does and are only shown. */
export function judgeDurations(fact: Observed<LogFacts>, { target, thresholds }: LogContext): readonly Finding[] {
  const subject = { id: 'requests.duration', target, manualId: 'D1.4a' }
  return judgeObserved(subject, fact, log => {
    const figures = log.durations
    const n = figures?.n ?? 0
    if (figures === null || n < thresholds.minimumSamples) {
      return finding(
        subject,
        'skipped',
        `insufficient data: fewer than ${thresholds.minimumSamples} requests (n = ${n})`,
        { n },
      )
    }
    const verdict = judgeAbove(figures.p95, thresholds.requestMs)
    const summary = `p50 ${round(figures.p50)} ms, p95 ${round(figures.p95)} ms, p99 ${round(figures.p99)} ms (n = ${n})`
    const hint = verdict === 'ok' ? '' : 'Compare with the trend: slow for everybody, or one method only (see the log)?'
    return finding(subject, verdict, summary, { ...shown('', figures), ...shown('turn ', log.turns) }, hint)
  })
}

function shown(prefix: string, figures: Percentiles | null): Readonly<Record<string, number>> {
  if (figures === null) return {}
  return {
    [`${prefix}n`]: figures.n,
    [`${prefix}p50`]: round(figures.p50),
    [`${prefix}p90`]: round(figures.p90),
    [`${prefix}p95`]: round(figures.p95),
    [`${prefix}p99`]: round(figures.p99),
    [`${prefix}max`]: round(figures.max),
  }
}
