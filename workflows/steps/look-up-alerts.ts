/** Asks Alertmanager how the alerts stand that an incident believes to fire. */
import { TemporalFailure } from '@temporalio/common'
import { isCancellation, log } from '@temporalio/workflow'
import type { Incident } from '../../domain/incident/incident.ts'
import { criticalFiring } from '../../domain/incident/linked-alerts.ts'
import type { AlertReading } from '../../domain/incident/looked-up.ts'
import { onControlPlane } from '../proxies.ts'

/** One for each. What nobody can say is unknown. */
export async function lookUpAlerts(
  incident: Incident,
  patience: 'glance' | 'briefly',
): Promise<readonly AlertReading[]> {
  const alerts = criticalFiring(incident).map(({ fingerprint, since }) => ({ fingerprint, since }))
  try {
    return await onControlPlane(patience, 'Does it still fire').lookUpAlerts({ cause: incident.cause, alerts })
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
    log.warn('alerts could not be looked up', { error })
    return alerts.map(alert => ({ ...alert, state: 'unknown', silencedUntil: null }))
  }
}
