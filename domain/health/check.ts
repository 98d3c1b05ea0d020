/** The whole judgement of a health check: facts and history in, findings, verdicts, measurements and trend out. */
import type { Estate, Host } from '../estate.ts'
import { type Finding, verdictOf } from '../findings.ts'
import { ESTATE } from '../ids.ts'
import type { TargetBackground } from '../ledger.ts'
import type { Measurement, TrendRow, WeekMedian } from '../measurements.ts'
import type { TargetVerdict } from '../run-record.ts'
import { judgeTrend, trendRows } from '../trends.ts'
import { type Verdict, worstVerdict } from '../verdicts.ts'
import { judgeAvailability } from './availability.ts'
import { judgeClocks } from './clocks.ts'
import { judgeDatabase } from './database.ts'
import type { HostAnswer, HostFacts } from './facts.ts'
import { finding } from './judge.ts'
import { judgeDurations, judgeLog } from './logs.ts'
import { measure } from './metrics.ts'
import { judgeSessions, judgeUsage } from './performance.ts'
import { judgeSystem } from './system.ts'
import { applyWaivers } from './waivers.ts'

export interface Judgement {
  readonly verdict: Verdict
  readonly targets: readonly TargetVerdict[]
  readonly findings: readonly Finding[]
  readonly measurements: readonly Measurement[]
  readonly trends: readonly TrendRow[]
}

export interface JudgedTime {
  /** Local day that the run stands for, YYYY-MM-DD. */
  readonly day: string
  /** When the hosts were looked at, ISO. */
  readonly at: string
}

export function judgeHealth(
  estate: Estate,
  answers: readonly HostAnswer[],
  histories: readonly TargetBackground[],
  weeks: readonly WeekMedian[],
  { day, at }: JudgedTime,
): Judgement {
  const answered = answers.flatMap(answer => (answer.kind === 'answered' ? [answer.facts] : []))
  const measurements = answered.flatMap(measure)
  const trends = trendRows(measurements, weeks)
  const clocks = answered.map(({ host, greeting }) => ({ host: host.name, greeting }))

  const raw = [
    ...answers.flatMap(answer =>
      answer.kind === 'silent'
        ? [silent(answer.host, answer.reason)]
        : [
            ...judgeHost(answer.facts, estate, historyOf(histories, answer.facts.host), at),
            judgeTrend(answer.facts.host.name, trends, estate.thresholds),
          ],
    ),
    ...judgeClocks(clocks, estate.thresholds),
  ]
  const findings = applyWaivers(raw, estate.waivers, day)
  const targets = answers.map(answer => {
    const name = answer.kind === 'silent' ? answer.host.name : answer.facts.host.name
    return { name, verdict: verdictOf(findings.filter(({ target }) => target === name)) }
  })
  const common = findings.filter(({ target }) => target === ESTATE)
  const verdict = worstVerdict([
    ...targets.map(target => target.verdict),
    ...(common.length > 0 ? [verdictOf(common)] : []),
  ])
  return { verdict, targets, findings, measurements, trends }
}

function historyOf(histories: readonly TargetBackground[], host: Host): TargetBackground | null {
  return histories.find(({ target }) => target === host.name) ?? null
}

function silent(host: Host, reason: string): Finding {
  return finding(
    { id: 'host.silent', target: host.name, manualId: 'D1' },
    'unknown',
    `${host.name} does not answer: ${reason}`,
    { role: host.role, site: host.site },
    `Is ${host.name} powered on and connected, and does its ops-host-worker run?`,
  )
}

function judgeHost(facts: HostFacts, estate: Estate, history: TargetBackground | null, at: string): readonly Finding[] {
  const { thresholds, service } = estate
  const target = facts.host.name
  const { unit, sessionsLimit, expectedVersion } = service
  const standbys = estate.hosts.filter(host => host.role === 'standby').length
  return [
    facts.silence === null
      ? finding({ id: 'host.answers', target, manualId: 'D1' }, 'ok', `${target} answers`)
      : silent(facts.host, facts.silence),
    ...(facts.system === null
      ? []
      : judgeSystem(facts.system, facts.greeting, { target, unit, thresholds, history, at })),
    ...(facts.availability === null
      ? []
      : judgeAvailability(facts.availability, { target, unit, expectedVersion, thresholds })),
    ...(facts.log === null ? [] : judgeLog(facts.log, { target, thresholds })),
    ...(facts.log === null ? [] : judgeDurations(facts.log, { target, thresholds })),
    ...(facts.usage === null ? [] : judgeUsage(facts.usage, { target, unit, sessionsLimit, thresholds })),
    ...(facts.sessions === null ? [] : judgeSessions(facts.sessions, { target, unit, sessionsLimit, thresholds })),
    ...(facts.database === null ? [] : judgeDatabase(facts.database, { host: facts.host, standbys, thresholds })),
  ]
}
