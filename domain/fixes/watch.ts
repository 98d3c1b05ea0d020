/** After the deploy of a fix (S51): what is looked at again and again, and what follows from it. */
import { type Verdict, worstVerdict } from '../verdicts.ts'

/** One look at host, alerts and log. Null where it could not be looked at: that is said, and nothing is concluded from it. */
export interface WatchLook {
  readonly healthy: boolean | null
  /** What the host says. */
  readonly words: string
  /** Critical alerts that fire now, by name; null when nobody could be asked. */
  readonly critical: readonly string[] | null
  /** Alerts of the incident's own cause that fire now; `none` for an incident that no alert began. */
  readonly own: readonly string[] | 'none' | null
  /** Errors in the log by fingerprint, in the time from the deploy until now. */
  readonly errors: Readonly<Record<string, number>> | null
}

/** The same before the deploy, over an equal time. */
export type WatchBaseline = Pick<WatchLook, 'critical' | 'errors'>

/** Why it has to be taken back now; null when nothing stands against it. What is not known takes nothing back. */
export function reasonToTakeBack(before: WatchBaseline, now: WatchLook): string | null {
  if (now.healthy === false) return `the service is not well: ${now.words}`
  const fresh = newCritical(before, now)
  return fresh.length === 0 ? null : `a new critical alert fires: ${fresh.join(', ')}`
}

function newCritical(before: WatchBaseline, now: WatchLook): readonly string[] {
  if (before.critical === null || now.critical === null) return []
  const known = before.critical
  return now.critical.filter(name => !known.includes(name))
}

/** How it stands at the end of the watch, one sentence each. */
export function watchWords(before: WatchBaseline, last: WatchLook): readonly string[] {
  return [
    last.healthy === null ? `The host could not be looked at: ${last.words}.` : `${capital(last.words)}.`,
    alertWords(last.own),
    errorWords(before.errors, last.errors),
  ]
}

/** How well the end of the watch confirms the fix: `warn` where something is no better, `unknown` where nobody can say. */
export function watchVerdict(before: WatchBaseline, last: WatchLook): Verdict {
  const own = last.own === 'none' ? [] : last.own
  const held = [own, risenErrors(before.errors, last.errors)]
  return worstVerdict([
    last.healthy === null ? 'unknown' : last.healthy ? 'ok' : 'fail',
    ...held.map(found => (found === null ? 'unknown' : found.length > 0 ? 'warn' : 'ok')),
  ])
}

function alertWords(own: WatchLook['own']): string {
  if (own === 'none') return 'No alert began it.'
  if (own === null) return 'Whether the alert is gone is not known: nobody could be asked.'
  return own.length === 0 ? 'Its alert is gone.' : `Its alert still fires: ${own.join(', ')}.`
}

function errorWords(before: WatchLook['errors'], after: WatchLook['errors']): string {
  const risen = risenErrors(before, after)
  if (risen === null) return 'Whether errors have become fewer is not known: the log could not be compared.'
  if (risen.length === 0) return 'No error is more frequent than before.'
  return `More frequent than before: ${risen.slice(0, 3).join('; ')}.`
}

function risenErrors(before: WatchLook['errors'], after: WatchLook['errors']): readonly string[] | null {
  if (before === null || after === null) return null
  return Object.entries(after)
    .filter(([pattern, count]) => count > (before[pattern] ?? 0))
    .map(([pattern, count]) => `${pattern} (${count}, before ${before[pattern] ?? 0})`)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Between two looks: often enough to take back within a minute, rarely enough for a long watch. Milliseconds. */
export function watchPauseMs(watchSeconds: number): number {
  return Math.min(60_000, Math.max(1_000, (watchSeconds * 1_000) / 4))
}
