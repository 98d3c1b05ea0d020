/** Alertmanager, API v2: what fires now. Its webhook comes through the alert door instead. */
import type { z } from 'zod'
import { type Alert, causeOf } from '../../domain/alerts/alert.ts'
import { alertFromLabels } from '../../domain/alerts/labels.ts'
import { WATCHDOG_CAUSE } from '../../domain/alerts/state.ts'
import { AlertsAnswer, StatusAnswer } from './alertmanager.schema.ts'
import { jsonService } from './http-json.ts'

/** Every method throws an OpsError: owner `host` when Alertmanager is not there, `tool` when it says what we do not understand. */
export interface Alertmanager {
  /** What fires and is not silenced or inhibited; of one cause, or of all. */
  firing(cause: string | null): Promise<readonly Alert[]>
  /**
   * All that fires, silenced and inhibited as well, so that what is absent has ended. Null when it may not know of all: it
   * started lately, or the watchdog alert has not come lately and so nothing else may have.
   */
  holding(now: number): Promise<readonly Alert[] | null>
}

/** It begins with nothing, and Prometheus tells again what fires within some two minutes. */
const SETTLED_MS = 5 * 60_000

/** What Prometheus has not told again ends after four minutes: well before that, the watchdog has to have come. */
const FRESH_MS = 150_000

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
      return alerts.map(alertOf).filter(alert => cause === null || causeOf(alert) === cause)
    },
    async holding(now) {
      const [{ uptime }, answers] = await Promise.all([
        get('api/v2/status', StatusAnswer),
        get('api/v2/alerts?active=true&silenced=true&inhibited=true&unprocessed=true', AlertsAnswer),
      ])
      const isWatched = answers.some(
        answer => causeOf(alertOf(answer)) === WATCHDOG_CAUSE && now - Date.parse(answer.updatedAt) < FRESH_MS,
      )
      const isSettled = now - Date.parse(uptime) >= SETTLED_MS
      return isWatched && isSettled ? answers.map(alertOf) : null
    },
  }
}

function alertOf({ labels, annotations, fingerprint, startsAt }: z.infer<typeof AlertsAnswer>[number]): Alert {
  return alertFromLabels({ labels, annotations, fingerprint, startsAt, endsAt: null, state: 'firing' })
}
