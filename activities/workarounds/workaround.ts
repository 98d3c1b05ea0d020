/** What every entry of the catalogue (S47) can do on its host. */
import type { WorkaroundCheck, WorkaroundPlan } from '../../domain/changes.ts'
import type { ChangeOrder, PlanOrder } from '../response-hands.ts'

export interface PlannedOrder extends ChangeOrder {
  readonly plan: WorkaroundPlan
}

export type Effect = Pick<WorkaroundCheck, 'state' | 'summary'>

export interface Workaround {
  /** Changes nothing. Throws OpsError `operator` for what cannot be asked for. */
  readonly plan: (order: PlanOrder, signal: AbortSignal) => Promise<WorkaroundPlan>
  /** Not interrupted by a cancellation: half a change is worse than a whole one. */
  readonly apply: (order: PlannedOrder) => Promise<string>
  readonly look: (order: PlannedOrder, signal: AbortSignal) => Promise<Effect>
  readonly revert: (order: PlannedOrder) => Promise<string>
}
