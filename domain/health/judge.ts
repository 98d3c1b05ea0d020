/** Small moves that all judgements share. */
import type { Evidence, Finding } from '../findings.ts'
import type { Observed } from '../observed.ts'
import type { Limits } from '../thresholds.ts'
import type { FindingVerdict } from '../verdicts.ts'

/** What a finding is about; the judgement fills in the rest. */
export interface Subject {
  readonly id: string
  readonly target: string
  readonly manualId: string
}

export function finding(
  subject: Subject,
  verdict: FindingVerdict,
  summary: string,
  evidence: Evidence = {},
  hint = '',
): Finding {
  return { ...subject, verdict, summary, evidence, hint }
}

/** Above `fail` is a failure, above `warn` a warning. A value that is exactly at a limit has not crossed it. */
export function judgeAbove(value: number, limits: Limits): 'ok' | 'warn' | 'fail' {
  if (value > limits.fail) return 'fail'
  return value > limits.warn ? 'warn' : 'ok'
}

/** A missing observation becomes `unknown` with its remedy, a deliberate one `skipped`; only what was seen is judged. */
export function judgeObserved<T>(
  subject: Subject,
  fact: Observed<T>,
  judge: (value: T) => Finding | readonly Finding[],
): readonly Finding[] {
  switch (fact.kind) {
    case 'observed': {
      const judged = judge(fact.value)
      return Array.isArray(judged) ? judged : [judged as Finding]
    }
    case 'unknown':
      return [finding(subject, 'unknown', fact.reason, {}, fact.hint)]
    case 'skipped':
      return [finding(subject, 'skipped', fact.reason)]
  }
}

/** One decimal, without a trailing zero. */
export function round(value: number): number {
  return Math.round(value * 10) / 10
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}

/** `1 error`, `2 errors`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
