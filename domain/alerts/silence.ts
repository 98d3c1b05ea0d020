/** What a person asks of a cause of alerts. */

/** `until` null lifts the silence. */
export interface SilenceOrder {
  /** Made by the door, so that a repeated one is recognised. */
  readonly id: string
  readonly until: string | null
  /** Person. */
  readonly by: string
  readonly reason: string
}
