/** D1.4: what the service itself uses, over its whole cgroup, against the budgets of the estate file (T04). */
import type { SessionFacts, UsageFacts } from '../facts.ts'
import type { Finding } from '../findings.ts'
import type { Observed } from '../observed.ts'
import type { Thresholds } from '../thresholds.ts'
import { count, finding, judgeObserved, megabytes, round } from './judge.ts'

export interface PerformanceContext {
  readonly target: string
  readonly unit: string
  readonly sessionsLimit: number | null
  readonly thresholds: Thresholds
}

export function judgeUsage(fact: Observed<UsageFacts>, context: PerformanceContext): readonly Finding[] {
  const { target, unit, thresholds } = context
  const subject = { id: 'service.memory', target, manualId: 'D1.4b' }
  return judgeObserved(subject, fact, usage => {
    const over = usage.memoryBytes >= thresholds.serviceMemoryBytes
    const largest = usage.largestProcessBytes >= thresholds.processMemoryBytes
    const memory = finding(
      subject,
      over ? 'fail' : largest ? 'warn' : 'ok',
      `${megabytes(usage.memoryBytes)} in ${count(usage.processes, 'process').replace('processs', 'processes')}, the largest ${megabytes(usage.largestProcessBytes)}`,
      {
        memoryBytes: usage.memoryBytes,
        largestProcessBytes: usage.largestProcessBytes,
        processes: usage.processes,
        source: usage.memorySource,
        budgetBytes: thresholds.serviceMemoryBytes,
        processBudgetBytes: thresholds.processMemoryBytes,
      },
      over || largest
        ? `Restart ${unit} on ${target} when nothing is pending: closed sessions do not give memory back.`
        : '',
    )
    const busy = usage.cpuPercent >= thresholds.serviceCpuPercent
    const cpu = finding(
      { id: 'service.cpu', target, manualId: 'D1.4c' },
      busy ? 'fail' : 'ok',
      `${round(usage.cpuPercent)} % of one core over ${round(usage.windowSeconds)} s`,
      {
        cpuPercent: round(usage.cpuPercent),
        windowSeconds: usage.windowSeconds,
        budgetPercent: thresholds.serviceCpuPercent,
      },
      busy ? `See which session works: the log of ${unit} on ${target}, and its processes in "systemd-cgtop".` : '',
    )
    return [memory, cpu]
  })
}

export function judgeSessions(fact: Observed<SessionFacts>, context: PerformanceContext): readonly Finding[] {
  const { target, sessionsLimit, thresholds } = context
  const subject = { id: 'sessions.open', target, manualId: 'D1.4d' }
  return judgeObserved(subject, fact, ({ open }) => {
    if (sessionsLimit === null)
      return finding(subject, 'ok', `${count(open, 'session')} open; no limit is agreed`, { open })
    const used = (100 * open) / sessionsLimit
    const high = used > thresholds.sessionsUsedPercent
    return finding(
      subject,
      high ? 'warn' : 'ok',
      `${open} of ${sessionsLimit} sessions open`,
      { open, limit: sessionsLimit, usedPercent: round(used) },
      high ? `Close idle sessions on ${target}, or raise the limit with the capacity review.` : '',
    )
  })
}
