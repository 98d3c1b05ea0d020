/** What a rule says about one command: a step and a word to whoever asked, or why not and what to do instead. */
import type { SignedRequest } from '../approvals/request-statement.ts'
import type { PersonId } from '../team/team.ts'
import type { IncidentCommand } from './commands.ts'
import type { Step } from './effects.ts'
import type { Actor, Incident } from './incident.ts'
import type { AlertReading } from './looked-up.ts'
import type { Standing } from './start.ts'
import type { RuleContext } from './step.ts'

export type Ruling =
  | { readonly kind: 'done'; readonly step: Step; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string; readonly hint: string }

export type CommandOf<K extends IncidentCommand['kind']> = Extract<IncidentCommand, { kind: K }>

/** A command in its situation. */
export interface Case extends RuleContext {
  readonly incident: Incident
  readonly actor: Actor
  /** What else keeps the incident from being closed, such as a review that its state does not know of. */
  readonly missing: readonly string[]
  /** Of its alerts, where they were looked up. */
  readonly readings: readonly AlertReading[]
  /** How the incident stands that is to go on in place of this one; unknown as long as nobody has looked. */
  readonly survivor: Standing
  /** What came with the command in proof of who gives it; null without one. Not verified. */
  readonly proof: SignedRequest | null
}

/** One that a person gives, known to the team. */
export interface PersonalCase extends Case {
  readonly by: PersonId
}

/** `text` is a sentence without a full stop, for whoever asked. */
export function done(step: Step, text: string): Ruling {
  return { kind: 'done', step, text }
}

/** `text` in lower case without a full stop, `hint` a sentence: what to do next. */
export function refused(text: string, hint: string): Ruling {
  return { kind: 'refused', text, hint }
}
