/** What text and HTML have in common: the headline, and the findings of each target in the order in which they are read. */
import { countedVerdict, type Finding, noteworthy, verdictOf } from '../findings.ts'
import { count } from '../health/judge.ts'
import { ESTATE } from '../ids.ts'
import type { RunRecord } from '../run-record.ts'
import type { FindingVerdict, Verdict } from '../verdicts.ts'

export interface TargetOutline {
  readonly name: string
  /** For people: the host's name, or words for the estate as a whole. */
  readonly title: string
  readonly verdict: Verdict
  /** What somebody has to look at, worst first. */
  readonly open: readonly Finding[]
  readonly waived: readonly Finding[]
  readonly fine: readonly Finding[]
  readonly skipped: readonly Finding[]
}

const RANK: Readonly<Record<Verdict, number>> = { fail: 0, unknown: 1, warn: 2, ok: 3 }

/** Worst target first; the estate as a whole after hosts of the same verdict. */
export function outline({ targets, findings }: RunRecord): readonly TargetOutline[] {
  const common = findings.filter(({ target }) => target === ESTATE)
  const all = common.length === 0 ? targets : [...targets, { name: ESTATE, verdict: verdictOf(common) }]
  return all
    .map(({ name, verdict }): TargetOutline => {
      const own = findings.filter(({ target }) => target === name)
      const toLookAt = noteworthy(own)
      return {
        name,
        title: name === ESTATE ? 'All hosts together' : name,
        verdict,
        open: toLookAt.filter(({ waived }) => waived === undefined),
        waived: toLookAt.filter(({ waived }) => waived !== undefined),
        fine: own.filter(finding => finding.verdict === 'ok'),
        skipped: own.filter(finding => finding.verdict === 'skipped'),
      }
    })
    .toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict] || Number(a.name === ESTATE) - Number(b.name === ESTATE))
}

/** "1 failure and 2 warnings on 2 hosts", or that all is well. */
export function headline({ targets, findings, verdict }: RunRecord): string {
  const waived = findings.filter(finding => finding.waived !== undefined).length
  const where = `${waived === 0 ? '' : `, ${waived} waived,`} on ${count(targets.length, 'host')}`
  const counted = (wanted: FindingVerdict) => findings.filter(finding => countedVerdict(finding) === wanted).length
  const fails = counted('fail')
  const unknowns = counted('unknown')
  const warns = counted('warn')
  const parts = [
    ...(fails > 0 ? [count(fails, 'failure')] : []),
    ...(unknowns > 0 ? [`${unknowns} unknown`] : []),
    ...(warns > 0 ? [count(warns, 'warning')] : []),
  ]
  if (parts.length > 0) return `${joined(parts)}${where}`
  return verdict === 'ok' ? `${count(counted('ok'), 'check')} passed${where}` : `nothing could be judged${where}`
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
