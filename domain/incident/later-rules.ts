/**
 * Rules that came while incidents were running. A run that is replayed has to ask for what it asked for by the rules of that
 * moment, so each of these is looked up where it changes what is asked for; from then on the run goes by it.
 */
export type LaterRule =
  /** Merges and false alarms silence whoever was rung. */
  | 'ends-silence-whom-they-rang'
  /** Who has it, or takes it over, is rung no more once they answer. */
  | 'answers-silence-whoever-answers'
  /** What machines make worse rings people, also when somebody has it. */
  | 'machines-ring-past-the-holder'
  /** The question at the end of a shift is answered by the holder, or by whoever takes over. */
  | 'a-shift-end-waits-for-its-answer'
  /** Who begins or ceases to follow shows nothing about who is on it. */
  | 'following-is-no-sign-of-activity'
  /** Whether a post-mortem is due follows the worst severity of all. */
  | 'the-worst-severity-counts'
  /** An alert that still fires keeps it from being closed, and opens it again. */
  | 'what-still-fires-is-not-over'
  /** Before that, Alertmanager is asked whether it fires at all. */
  | 'what-fires-is-looked-up'
  /** A word said twice counts once, and a snooze puts nothing nearer. */
  | 'updates-are-never-nearer'
  /** What was put off until the office opened is said again on the next morning, too. */
  | 'low-is-reminded-daily'
  /** A post-mortem is set for a time to come. */
  | 'a-review-lies-ahead'
  /** Once its run has ended, a closed one is not opened again. */
  | 'closed-is-final'
  /** When all hands have failed, the channel is called at once. */
  | 'all-hands-may-reach-nobody'
  /** What is open in a duplicate, and those who were told of it, go on with the survivor. */
  | 'a-duplicate-leaves-nothing-behind'
  /** Who follows hears also of what reopens, worsens, changes hands or is closed. */
  | 'subscribers-hear-of-every-change'

export interface KnownRules {
  /** Whether this run goes by a rule at this moment; absent: by all of them. */
  readonly knows?: (rule: LaterRule) => boolean
}

export function goesBy(rule: LaterRule, { knows }: KnownRules): boolean {
  return knows === undefined || knows(rule)
}
