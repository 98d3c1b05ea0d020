/** What an incident asks the outside world for. Rules return these; the workflow carries them out, each once, by its key. */
import type { SignedRequest } from '../approvals/request-statement.ts'
import type { PersonId } from '../team/team.ts'
import type { IncidentCommand } from './commands.ts'
import type { Incident, IncidentChange } from './incident.ts'

export type Effect =
  /** Ring one person until somebody acknowledges. */
  | {
      readonly kind: 'page'
      readonly key: string
      readonly person: PersonId
      readonly title: string
      readonly text: string
    }
  /** The pages of these people, or of everybody when absent, fall silent and say why. */
  | { readonly kind: 'quiet-pages'; readonly text: string; readonly people?: readonly PersonId[] }
  /** A message below the card, for everybody who follows; `mention` is who is addressed. */
  | {
      readonly kind: 'post'
      readonly key: string
      readonly text: string
      readonly mention: 'here' | 'none' | { readonly people: readonly PersonId[] }
    }
  /** A private word to one person, without ringing. */
  | { readonly kind: 'tell'; readonly key: string; readonly person: PersonId; readonly text: string }
  /** I3.1 to I3.3, rendered: by mail to these audiences, and below the card. */
  | {
      readonly kind: 'announce'
      readonly key: string
      readonly audiences: readonly ('ops' | 'management' | 'stakeholders')[]
      readonly subject: string
      readonly text: string
    }
  | { readonly kind: 'collect-evidence' }
  /** Whether the critical alerts still fire that nobody has heard the end of. */
  | { readonly kind: 'look-up-alerts' }
  | {
      readonly kind: 'start-change'
      readonly change: IncidentChange
      readonly command: Extract<IncidentCommand, { kind: 'workaround' | 'fix' }>
      /** As the message brought it: verified by the run of the change. */
      readonly proof?: SignedRequest
    }
  | { readonly kind: 'tell-incident'; readonly number: number; readonly key: string; readonly command: IncidentCommand }
  | { readonly kind: 'write-postmortem' }

/** A step of the rules: the incident afterwards, and what has to happen because of it. */
export interface Step {
  readonly incident: Incident
  readonly effects: readonly Effect[]
}
