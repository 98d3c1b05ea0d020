/** A finding is a judged fact: what was looked at, what it was judged to be, on what evidence, and what to do about it. */
import { type FindingVerdict, type Verdict, worstVerdict } from './verdicts.ts'

/** Small plain JSON shown beside a finding. Long material belongs in an artefact. */
export type Evidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface Waived {
  readonly reason: string
  readonly owner: string
  /** Last local day on which the waiver holds, YYYY-MM-DD. */
  readonly until: string
}

export interface Finding {
  /** Stable and dotted, for example `service.state` or `disk.used:/var`. */
  readonly id: string
  /** The host, or `estate` for what concerns all of them. */
  readonly target: string
  readonly verdict: FindingVerdict
  /** One sentence for a person at 3 a.m. */
  readonly summary: string
  readonly evidence: Evidence
  /** What to do next; empty when there is nothing to do. */
  readonly hint: string
  /** The manual's id, for example D1.1a. */
  readonly manualId: string
  /** Present when a waiver of the estate file covers it: shown, but not counted. */
  readonly waived?: Waived
}

/** The verdict that a finding contributes: a waived one contributes nothing. */
export function countedVerdict(finding: Finding): FindingVerdict {
  return finding.waived === undefined ? finding.verdict : 'skipped'
}

/** The verdict of a set of findings. When everything in it is waived or skipped but something was looked at, nothing is wrong: ok. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const counted = findings.map(countedVerdict)
  if (findings.length > 0 && counted.every(verdict => verdict === 'skipped')) {
    return findings.some(finding => finding.waived !== undefined) ? 'ok' : 'unknown'
  }
  return worstVerdict(counted)
}

/** The findings that a person has to look at, worst first. */
export function noteworthy(findings: readonly Finding[]): readonly Finding[] {
  const rank: Readonly<Record<FindingVerdict, number>> = { fail: 0, unknown: 1, warn: 2, skipped: 3, ok: 4 }
  return findings
    .filter(finding => finding.verdict !== 'ok' && finding.verdict !== 'skipped')
    .toSorted(
      (a, b) => Number(a.waived !== undefined) - Number(b.waived !== undefined) || rank[a.verdict] - rank[b.verdict],
    )
}
