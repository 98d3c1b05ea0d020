/** What comes back from effects: fed to the rules like messages, so that everything that happened stands in one timeline. */
import type { ArtefactRef } from '../run-record.ts'
import type { PersonId } from '../team/team.ts'
import type { CardPlace, ChangeState, Evidence, Hypothesis } from './incident.ts'
import type { AlertReading } from './looked-up.ts'

export type Outcome =
  | {
      readonly kind: 'page-sent'
      readonly person: PersonId
      readonly delivered: string | null
      readonly failed: readonly { readonly channel: string; readonly why: string }[]
      readonly phone: string | null
    }
  | {
      readonly kind: 'evidence-collected'
      readonly evidence: readonly Evidence[]
      readonly hypotheses: readonly Hypothesis[]
    }
  /** Half an hour after the resolution, of what nobody has heard the end of. */
  | { readonly kind: 'alerts-looked-up'; readonly readings: readonly AlertReading[] }
  | {
      readonly kind: 'announced'
      readonly subject: string
      readonly audiences: readonly string[]
      readonly failed: string | null
    }
  /** It did not go out in the first minutes, and is still tried. */
  | {
      readonly kind: 'announce-delayed'
      readonly subject: string
      readonly audiences: readonly string[]
      readonly why: string
    }
  | {
      readonly kind: 'change-moved'
      readonly number: number
      readonly state: ChangeState
      readonly outcome: string | null
    }
  | { readonly kind: 'postmortem-written'; readonly artefact: ArtefactRef }
  | { readonly kind: 'card-placed'; readonly place: CardPlace }
  /** The incident that goes on in place of this one could not be told. */
  | { readonly kind: 'not-passed-on'; readonly number: number; readonly why: string }
  /** Something that was to be done could not be done. */
  | { readonly kind: 'effect-failed'; readonly what: string; readonly why: string }
