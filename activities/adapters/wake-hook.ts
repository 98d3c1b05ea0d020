/** Switches hosts on and off by a hook of the estate: a hypervisor, a power strip, the sandbox. */
import { OpsError } from '../../domain/failures.ts'
import { fetchFailure } from './fetch-failure.ts'

export type Wake = (host: string, power: 'on' | 'off') => Promise<void>

export interface WakeSettings {
  readonly url: string
  readonly token: string
}

const DEADLINE_MS = 10_000

/** POST {host, power} with a bearer token; the hook answers once it has taken it on. Throws OpsError. */
export function createWake({ url, token }: WakeSettings): Wake {
  return async (host, power) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const options = { method: 'POST', headers, body: JSON.stringify({ host, power }), redirect: 'error' as const }
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(DEADLINE_MS) }).catch(cause => {
      const message = `the wake hook does not answer: ${fetchFailure(cause, DEADLINE_MS)}`
      throw new OpsError({ owner: 'host', message, hint: 'Is OPS_WAKE_URL right, and does what listens there run?' })
    })
    await response.body?.cancel()
    if (response.ok) return
    const message = `the wake hook refused to switch ${host} ${power}: HTTP ${response.status}`
    if (response.status >= 500) throw new OpsError({ owner: 'host', message, hint: 'See the log of the wake hook.' })
    const hint = 'Does the hook know this host and the token in OPS_WAKE_TOKEN_FILE?'
    throw new OpsError({ owner: 'configuration', message, hint })
  }
}
