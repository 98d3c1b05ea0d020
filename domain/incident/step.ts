/** The moves of which all rules are made: change the incident, write a line, ask for something. Each returns a new step. */
import type { Team } from '../team/team.ts'
import type { Effect, Step } from './effects.ts'
import { type Actor, type Incident, incidentName } from './incident.ts'
import type { KnownRules } from './later-rules.ts'
import { clean, LONGEST } from './text.ts'

export interface RuleContext extends KnownRules {
  /** ISO. */
  readonly now: string
  readonly team: Team
}

/** What the program does by itself. */
export const OPS: Actor = { person: null, door: 'ops' }

/** Lines that stay in the state; all of them are in the ledger. */
export const TIMELINE_LENGTH = 60

/** What happened, as one word for searching. `acknowledged`, `resolved`, `reopened`, `merged` and `false-alarm` are counted by statistics.ts. */
export type EntryKind =
  | 'declared'
  | 'declared-again'
  | 'alerts'
  | 'acknowledged'
  | 'joined'
  | 'still-on-it'
  | 'unacknowledged'
  | 'classified'
  | 'note'
  | 'status'
  | 'no-change'
  | 'snoozed'
  | 'role'
  | 'offered'
  | 'offer-lapsed'
  | 'handed-over'
  | 'paged'
  | 'page-delivered'
  | 'page-failed'
  | 'nobody-to-page'
  | 'subscribed'
  | 'unsubscribed'
  | 'evidence'
  | 'change-requested'
  | 'change-moved'
  | 'root-cause'
  | 'follow-up'
  | 'follow-up-done'
  | 'review'
  | 'resolved'
  | 'merged'
  | 'false-alarm'
  | 'reopened'
  | 'closed'
  | 'announcing'
  | 'announced'
  | 'announce-delayed'
  | 'announce-failed'
  | 'postmortem'
  | 'reminded'
  | 'escalated'
  | 'asked'
  | 'failed'

/** INC-7; the ledger that gives the number may be away for a while, and nobody waits for it. */
export function nameOf({ number }: Pick<Incident, 'number'>): string {
  return number === 0 ? 'the incident' : incidentName(number)
}

export function begin(incident: Incident): Step {
  return { incident, effects: [] }
}

export function changed(step: Step, patch: Partial<Incident>): Step {
  return { ...step, incident: { ...step.incident, ...patch } }
}

/** Adds one line to the timeline. The text is redacted and cut here, so that no rule can forget it. */
export function logged(step: Step, at: string, by: Actor, kind: EntryKind, text: string): Step {
  const { timeline, entries } = step.incident
  const entry = { seq: entries + 1, at, by, kind, text: clean(text, LONGEST.line) }
  return changed(step, { timeline: [...timeline, entry].slice(-TIMELINE_LENGTH), entries: entry.seq })
}

export function asked(step: Step, ...effects: readonly Effect[]): Step {
  return { ...step, effects: [...step.effects, ...effects] }
}

/**
 * A key that no other effect has, as long as a line was written since the last one with the same words. Chat and mail find by it
 * what an earlier try has sent, among what all incidents have sent.
 */
export function keyFor({ incident: { key, entries } }: Step, ...words: readonly string[]): string {
  return [key, ...words, String(entries)].join(':')
}

/** Notes in the incident's clock that something was done. */
export function marked(step: Step, name: string, at: string): Step {
  return changed(step, { clock: { ...step.incident.clock, [name]: at } })
}
