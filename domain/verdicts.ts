/** Verdicts and how they add up. `skipped` is neutral; unknown is never ok. */

/** What a whole target or run is judged to be. */
export type Verdict = 'ok' | 'warn' | 'unknown' | 'fail'

/** What one fact is judged to be: a verdict, or deliberately not judged. */
export type FindingVerdict = Verdict | 'skipped'

const WORSE: readonly Verdict[] = ['ok', 'warn', 'unknown', 'fail']

/** The worst of the given verdicts, ordered fail > unknown > warn > ok; with nothing judged there is no evidence: `unknown`. */
export function worstVerdict(verdicts: Iterable<FindingVerdict>): Verdict {
  let worst: Verdict | null = null
  for (const verdict of verdicts) {
    if (verdict === 'skipped') continue
    if (worst === null || WORSE.indexOf(verdict) > WORSE.indexOf(worst)) worst = verdict
  }
  return worst ?? 'unknown'
}

/** Exit codes of the Nagios plug-in convention: 0 ok, 1 warn, 2 fail, 3 unknown. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 | 3 {
  switch (verdict) {
    case 'ok':
      return 0
    case 'warn':
      return 1
    case 'fail':
      return 2
    case 'unknown':
      return 3
  }
}
