/** Alertmanager, API v2: what fires now, and silences. Its webhook comes through the alert door instead. */
import { type Alert, causeOf } from '../../domain/alerts/alert.ts'
import { alertFromLabels } from '../../domain/alerts/labels.ts'
import { AlertsAnswer, SilenceAnswer, SilencesAnswer } from './alertmanager.schema.ts'
import { ask, jsonService, succeeded } from './http-json.ts'

export interface SilenceRequest {
  readonly cause: string
  /** ISO. */
  readonly startsAt: string
  readonly endsAt: string
  readonly by: string
  readonly reason: string
}

export interface ListedSilence {
  readonly id: string
  readonly state: 'active' | 'pending'
  /** `name=value`, as Alertmanager matches it. */
  readonly matchers: readonly string[]
  readonly endsAt: string
  readonly by: string
  readonly reason: string
}

/** Every method throws an OpsError: owner `host` when Alertmanager is not there, `tool` when it says what we do not understand. */
export interface Alertmanager {
  /** What fires and is not silenced or inhibited; of one cause, or of all. */
  firing(cause: string | null): Promise<readonly Alert[]>
  /** Answers with its id. A repeated request makes a second silence; both end at the same time. */
  silence(request: SilenceRequest): Promise<string>
  /** Does nothing when it has ended. */
  expire(id: string): Promise<void>
  silences(): Promise<readonly ListedSilence[]>
}

export function createAlertmanager(baseUrl: string): Alertmanager {
  const { question, get, understood } = jsonService({
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
    async silence({ cause, startsAt, endsAt, by, reason }) {
      const [service = '', metric = ''] = cause.split('/')
      const matchers = Object.entries({ service, metric }).map(([name, value]) => ({
        name,
        value,
        isRegex: false,
        isEqual: true,
      }))
      const body = { matchers, startsAt, endsAt, createdBy: by, comment: reason }
      const asked = question('api/v2/silences', { method: 'POST', body })
      return understood(SilenceAnswer, succeeded(asked, await ask(asked))).silenceID
    },
    async expire(id) {
      const asked = question(`api/v2/silence/${encodeURIComponent(id)}`, { method: 'DELETE' })
      const answer = await ask(asked)
      // Alertmanager calls a silence that has ended a failure of its own.
      const isOver = typeof answer.body === 'string' && /already expired/.test(answer.body)
      if (!isOver) succeeded(asked, answer)
    },
    async silences() {
      const all = await get('api/v2/silences', SilencesAnswer)
      return all.flatMap(({ id, status: { state }, matchers, endsAt, createdBy, comment }) =>
        state === 'expired'
          ? []
          : [
              {
                id,
                state,
                matchers: matchers.map(({ name, value, isRegex }) => `${name}${isRegex ? '=~' : '='}${value}`),
                endsAt,
                by: createdBy,
                reason: comment,
              },
            ],
      )
    },
  }
}
