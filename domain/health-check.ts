/** What a health check is asked to do and which steps it has (D1). */
import type { HostName } from './ids.ts'

/** Groups of steps that `only=` may name; together they are D1.1 to D1.4. */
export type StepGroup = 'system' | 'availability' | 'logs' | 'performance' | 'database'

export const STEP_GROUPS: readonly StepGroup[] = ['system', 'availability', 'logs', 'performance', 'database']

export interface HealthCheckRequest {
  /** One host, or null for all of the estate. */
  readonly host: HostName | null
  /** One group of steps, or null for all. */
  readonly only: StepGroup | null
  /** Who asked: `schedule`, `start`, or a person. */
  readonly requestedBy: string
  /** Tell the channel, and open incidents for what fails; a run of the schedule does so in any case. */
  readonly announce?: boolean
}
