/** Something that time alone makes due. */
import type { Team } from '../team/team.ts'
import type { Step } from './effects.ts'
import type { Incident } from './incident.ts'
import type { KnownRules } from './later-rules.ts'
import type { RuleContext } from './step.ts'

export interface Duty {
  /** Under which the clock notes until when it was done. */
  readonly name: string
  /**
   * When it is due next, ISO; null for never, as things stand. `done` is the moment up to which it was carried out; what is
   * returned is later than that, so that a duty is carried out once and never makes a busy loop. `rules`: those of this run.
   */
  readonly due: (incident: Incident, team: Team, done: string | null, rules: KnownRules) => string | null
  /** Carries it out. However late that is, it happens once. */
  readonly perform: (step: Step, context: DutyContext) => Step
}

export interface DutyContext extends RuleContext {
  /** When it was due. */
  readonly dueAt: string
}

/** For what is due at one moment only. */
export function unlessDone(at: string, done: string | null): string | null {
  return done === null || at > done ? at : null
}

export function later(a: string, b: string | null): string {
  return b !== null && b > a ? b : a
}
