/**
 * Rules that came while causes of alerts were being kept. As with those of incidents, each is looked up where it changes what
 * is asked for: a run that is replayed asks for what it asked for, and goes by the rule from then on.
 */
export type LaterAlertRule =
  /** What ends under a silence is told to its incident. */
  | 'ends-pass-a-silence'
  /** A hundred alerts are kept in place of fifty, and of what is let go its incident is told that it has ended. */
  | 'what-is-let-go-is-told'
  /** That a silenced cause is calm again is posted to nobody, and tells its incident of ends only. */
  | 'a-silence-covers-the-calm'

export interface KnownAlertRules {
  /** Whether this run goes by a rule at this moment; absent: by all of them. */
  readonly knows?: (rule: LaterAlertRule) => boolean
}

export function goesBy(rule: LaterAlertRule, { knows }: KnownAlertRules): boolean {
  return knows === undefined || knows(rule)
}
