/** A known finding can be waived in the estate file, with reason, owner and a last day: shown, not counted, and back when expired. */
import type { Waiver } from '../estate.ts'
import type { Finding } from '../findings.ts'
import { ALL_HOSTS } from '../ids.ts'

/** `day` is the local day of the run, YYYY-MM-DD. Only what would count against the verdict is marked. */
export function applyWaivers(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  day: string,
): readonly Finding[] {
  return findings.map(finding => {
    if (finding.verdict === 'ok' || finding.verdict === 'skipped') return finding
    const waiver = waivers.find(candidate => covers(candidate, finding) && day <= candidate.until)
    if (waiver === undefined) return finding
    return { ...finding, waived: { reason: waiver.reason, owner: waiver.owner, until: waiver.until } }
  })
}

function covers(waiver: Waiver, finding: Finding): boolean {
  if (waiver.target !== ALL_HOSTS && waiver.target !== finding.target) return false
  return waiver.finding.endsWith('*')
    ? finding.id.startsWith(waiver.finding.slice(0, -1))
    : finding.id === waiver.finding
}
