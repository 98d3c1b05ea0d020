/** What causes of alerts and incidents need of the monitoring: what fires, what we did ourselves, a sign of life to the outside. */
import { type Alert, causeOf } from '../domain/alerts/alert.ts'
import { RESTART_EXPLAINS_MS } from '../domain/alerts/expected.ts'
import { SUMMARY_REACH_MS, summariseWeek } from '../domain/alerts/weekly.ts'
import { linked } from '../domain/alerts/words.ts'
import { OpsError } from '../domain/failures.ts'
import type { Team } from '../domain/team/team.ts'
import type { Alertmanager } from './adapters/alertmanager.ts'
import { fetchFailure } from './adapters/fetch-failure.ts'
import type { Ledger } from './adapters/ledger/ledger.ts'
import type { AlertActivities } from './alert-response.ts'
import type { IncidentActivities } from './incident-response.ts'

/** An incident lists what fires beside it; more would hide it. */
const SHOWN_ALERTS = 50

/** Within a quarter of an hour there are few. */
const RESTARTS = 500

/** Alerts of our own, such as that of the watchdog, are none of Alertmanager's: we tell of their ends ourselves. */
const OF_ALERTMANAGER = /^[0-9a-f]{16}$/

const HEARTBEAT_DEADLINE_MS = 4_000

export interface AlertPorts {
  readonly ledger: Pick<Ledger, 'listEvents'>
  readonly readTeam: () => Promise<Team>
  /** Null when OPS_ALERTMANAGER_URL is not set. */
  readonly alertmanager: Pick<Alertmanager, 'firing' | 'holding'> | null
  /** Until when a cause is silenced; null when it is not, or nobody can say. */
  readonly silenceOf: (cause: string) => Promise<string | null>
  /** OPS_HEARTBEAT_URL, or null. */
  readonly heartbeatUrl: string | null
}

export function createAlertActivities({
  ledger,
  readTeam,
  alertmanager,
  silenceOf,
  heartbeatUrl,
}: AlertPorts): AlertActivities & Pick<IncidentActivities, 'readAlerts' | 'lookUpAlerts'> {
  return {
    /** A read. Null, not a failure, when Alertmanager cannot be asked: evidence goes on without it. */
    async readAlerts({ cause }) {
      const found = await askedOf(asked => asked.firing(cause))
      return found === null ? null : found.slice(0, SHOWN_ALERTS).map(linked)
    },

    /** A read. That it cannot be asked, or may not know, is an answer, too: unknown. */
    async lookUpAlerts({ cause: ownCause, alerts }) {
      const held = await askedOf(asked => asked.holding(Date.now()))
      const seen = alerts.map(alert => {
        const found = held?.find(({ fingerprint }) => fingerprint === alert.fingerprint)
        const hasEnded = held !== null && OF_ALERTMANAGER.test(alert.fingerprint)
        if (found === undefined) return { alert, cause: ownCause, state: hasEnded ? 'ended' : 'unknown' } as const
        return { alert, cause: causeOf(found), state: 'firing' } as const
      })
      // Many alerts have few causes.
      const causes = [...new Set(seen.flatMap(({ cause }) => cause ?? []))]
      const silences = new Map(await Promise.all(causes.map(async cause => [cause, await silenceOf(cause)] as const)))
      return seen.map(({ alert, cause, state }) => {
        return { ...alert, state, silencedUntil: cause === null ? null : (silences.get(cause) ?? null) }
      })
    },

    /** A read. */
    async briefAlert({ at }) {
      const since = new Date(Date.parse(at) - 2 * RESTART_EXPLAINS_MS).toISOString()
      const [{ timezone, holidays }, events] = await Promise.all([
        readTeam(),
        // By kind: a storm of alerts writes hundreds of rows, and a restart among them is what explains it.
        ledger.listEvents({ limit: RESTARTS, since, kind: 'planned-restart' }),
      ])
      const restarts = events.map(({ target, at: time, reason }) => ({ target, at: time, reason }))
      return { timezone, holidays, restarts }
    },

    /** Repeating it is harmless: the outside only counts that something came. */
    async sendHeartbeat() {
      if (heartbeatUrl === null) return false
      const hint = 'Is OPS_HEARTBEAT_URL right, and is the way out open?'
      let status: number
      try {
        const signal = AbortSignal.timeout(HEARTBEAT_DEADLINE_MS)
        const response = await fetch(heartbeatUrl, { method: 'POST', redirect: 'error', signal })
        await response.body?.cancel()
        status = response.status
      } catch (cause) {
        // The path of such an address is often its secret.
        const { host } = new URL(heartbeatUrl)
        const message = `the outside at ${host} was not reached: ${fetchFailure(cause, HEARTBEAT_DEADLINE_MS)}`
        throw new OpsError({ owner: 'host', message, hint }, { cause })
      }
      if (status >= 200 && status < 300) return true
      throw new OpsError({ owner: 'tool', message: `the outside answered ${status} to the sign of life`, hint })
    },

    /** A read. */
    async countAlerts({ end }) {
      const since = new Date(Date.parse(end) - SUMMARY_REACH_MS).toISOString()
      return summariseWeek(await ledger.listEvents({ limit: 100_000, since, kind: 'alert' }), end)
    },
  }

  /** Null when there is no Alertmanager, or it cannot be asked. */
  async function askedOf(
    ask: (alertmanager: Pick<Alertmanager, 'firing' | 'holding'>) => Promise<readonly Alert[] | null>,
  ): Promise<readonly Alert[] | null> {
    if (alertmanager === null) return null
    try {
      return await ask(alertmanager)
    } catch (error) {
      if (error instanceof OpsError) return null
      throw error
    }
  }
}
