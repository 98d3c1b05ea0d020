/** What the procedure `monitoring-update` needs from the control plane. Types only. */
import type { MonitoringPlan, MonitoringRequest, Replacement } from '../domain/monitoring/update.ts'

/** `edited`: the file is neither version, so somebody else has changed it, and it was left alone. */
export interface Replaced {
  readonly state: 'replaced' | 'edited'
  readonly summary: string
}

export interface RulesLook {
  readonly inForce: boolean
  readonly summary: string
}

export interface MonitoringActivities {
  /**
   * The dry run: what would change, and what promtool says. Changes nothing but that the artefact store has the former file. Throws OpsError: configuration when no
   * Prometheus or no rules file is configured, or they do not belong together; operator for rules that are refused.
   */
  planRules(request: Pick<MonitoringRequest, 'rules' | 'tests'>): Promise<MonitoringPlan>
  /** Puts version `to` in the place of version `from` and has Prometheus read it. Recognises its own first try; the way back is the same, turned round. */
  replaceRules(replacement: Replacement): Promise<Replaced>
  /** Whether exactly the rules of `to` are in force, and none that only `from` has. A read. */
  lookAtRules(replacement: Replacement): Promise<RulesLook>
}
