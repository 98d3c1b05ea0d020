/** What the control plane can do for a cause of alerts. Types only; built in alerts.ts. */
import type { PlannedRestart } from '../domain/alerts/expected.ts'
import type { BusinessDays } from '../domain/alerts/review-time.ts'
import type { WeekLine } from '../domain/alerts/weekly.ts'

export interface AlertBriefing extends BusinessDays {
  readonly restarts: readonly PlannedRestart[]
}

export interface AlertActivities {
  /** The estate's days, and our own planned restarts shortly before this time. A read. */
  briefAlert(request: { readonly at: string }): Promise<AlertBriefing>
  /** Tells the outside world that ops lives. Repeating it is harmless; false when nobody outside is configured. */
  sendHeartbeat(): Promise<boolean>
  /** How often each alert fired in the week that ends at this time, beside the four before it. A read. */
  countAlerts(request: { readonly end: string }): Promise<readonly WeekLine[]>
}
