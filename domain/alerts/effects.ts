/** What the rules of alerts ask the outside world for; the workflow carries each out once, by its key. */
import type { IncidentDeclaration, IncidentMessage } from '../incident/commands.ts'
import type { EventRow } from '../ledger.ts'
import type { AlertState } from './state.ts'

export type AlertEffect =
  | { readonly kind: 'log'; readonly rows: readonly EventRow[] }
  /** Opens the incident of the cause, or tells the open one that it fires again. */
  | { readonly kind: 'open-incident'; readonly declaration: IncidentDeclaration; readonly message: IncidentMessage }
  | { readonly kind: 'tell-incident'; readonly message: IncidentMessage }
  /** By mail to the operations team and as a line in its channel. */
  | { readonly kind: 'notify-ops'; readonly key: string; readonly subject: string; readonly text: string }
  /** A line in the operations channel. */
  | { readonly kind: 'post-ops'; readonly key: string; readonly text: string }

export interface AlertStep {
  readonly state: AlertState
  readonly effects: readonly AlertEffect[]
}
