/** A pager service that takes events in the form of PagerDuty's Events API v2. Events with the same key are one alarm there. */
import { createHash } from 'node:crypto'
import { cut, oneLine } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import { fetchFailure } from './fetch-failure.ts'

/** How urgent an alarm is, in the words of the service. */
export type AlarmSeverity = 'critical' | 'error' | 'warning' | 'info'

export interface Alarm {
  /** The same alarm as long as it is not resolved. */
  readonly key: string
  readonly summary: string
  readonly severity: AlarmSeverity
  /** Who is called, and about what. */
  readonly details: Readonly<Record<string, string>>
}

export interface Pager {
  /** Rings, unless this alarm rings already. Throws OpsError: `tool` when it may work later, else `configuration`. */
  trigger(alarm: Alarm): Promise<void>
  /** Ends an alarm; nothing happens when there is none. Throws as `trigger` does. */
  resolve(key: string): Promise<void>
}

export interface PagerSettings {
  /** Where events are posted to. */
  readonly url: string
  /** Of the service's integration; a secret. */
  readonly routingKey: string
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000
const SUMMARY = 1_024

export function createPager({ url, routingKey, timeoutMs = TIMEOUT_MS }: PagerSettings): Pager {
  async function send(action: 'trigger' | 'resolve', key: string, rest: Readonly<Record<string, unknown>>) {
    const event = { routing_key: routingKey, event_action: action, dedup_key: digest(key), ...rest }
    const response = await post(url, JSON.stringify(event), timeoutMs)
    if (!response.ok) throw refused(response)
  }

  return {
    async trigger({ key, summary, severity, details }) {
      const payload = {
        summary: cut(oneLine(summary), SUMMARY),
        source: 'opencode-acp-ops',
        severity,
        custom_details: Object.fromEntries(Object.entries(details).map(([name, text]) => [name, oneLine(text)])),
      }
      await send('trigger', key, { payload })
    },

    async resolve(key) {
      await send('resolve', key, {})
    },
  }
}

/** The service takes 255 characters; ids of ours may be longer. */
function digest(key: string): string {
  return `ops-${createHash('sha256').update(key).digest('hex').slice(0, 40)}`
}

async function post(url: string, body: string, timeoutMs: number): Promise<Response> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.body?.cancel()
    return response
  } catch (cause) {
    throw new OpsError({
      owner: 'tool',
      message: `cannot reach the pager service at ${new URL(url).origin}: ${fetchFailure(cause, timeoutMs)}`,
      hint: 'It is tried again. Is OPS_PAGER_URL reachable from the control plane?',
    })
  }
}

/** The body is not repeated: it may quote the event with its routing key. */
function refused({ status, headers }: Response): OpsError {
  const message = `the pager service answers with HTTP ${status}`
  if (status === 429 || status >= 500) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN)
    const retry = seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}
    return new OpsError({ owner: 'tool', message, hint: 'It is tried again.', ...retry })
  }
  const hint = 'Check OPS_PAGER_URL and the routing key in OPS_PAGER_KEY_FILE.'
  return new OpsError({ owner: 'configuration', message, hint })
}
