/** Alertmanager, API v2: what fires now. Its webhook comes through the alert door instead. */
import { type Alert, causeOf } from '../../domain/alerts/alert.ts'
import { alertFromLabels } from '../../domain/alerts/labels.ts'
import { AlertsAnswer } from './alertmanager.schema.ts'
import { jsonService } from './http-json.ts'

/** Every method throws an OpsError: owner `host` when Alertmanager is not there, `tool` when it says what we do not understand. */
export interface Alertmanager {
  /** What fires and is not silenced or inhibited; of one cause, or of all. */
  firing(cause: string | null): Promise<readonly Alert[]>
}

export function createAlertmanager(baseUrl: string): Alertmanager {
  const { get } = jsonService({
    of: 'Alertmanager',
    baseUrl,
    hint: 'Does Alertmanager run, and is OPS_ALERTMANAGER_URL its address?',
    otherHint: 'API v2 of Alertmanager 0.25 is understood; is something else at OPS_ALERTMANAGER_URL?',
  })
  return {
    async firing(cause) {
      const alerts = await get('api/v2/alerts?active=true&silenced=false&inhibited=false', AlertsAnswer)
      return alerts
        .map(({ labels, annotations, fingerprint, startsAt }) =>
          alertFromLabels({ labels, annotations, fingerprint, startsAt, endsAt: null, state: 'firing' }),
        )
        .filter(alert => cause === null || causeOf(alert) === cause)
    },
  }
}
