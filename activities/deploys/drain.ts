/** Before a restart of our own: waits until no request is under way at the service, so that nobody loses a turn for nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AcpTransport } from '../../domain/estate.ts'
import { observeOnce } from '../observe.ts'

export interface DrainPorts {
  /** Requests under way; null when the service does not count them. */
  readonly countPending: (metricsUrl: string) => Promise<number | null>
}

/** New requests keep coming in: after this long a restart that people approved goes on. */
const DRAIN_MS = 60_000
const BETWEEN_LOOKS_MS = 250

/** What became of it, for the record. Never throws: what does not answer has nothing to lose. */
export async function drain({ countPending }: DrainPorts, acp: AcpTransport, patienceMs = DRAIN_MS): Promise<string> {
  const url = acp.kind === 'http' ? acp.metricsUrl : null
  if (url === null) return 'whether turns ran is not known: the service has no metrics'
  const end = performance.now() + patienceMs
  for (;;) {
    const seen = await observeOnce(() => countPending(url))
    if (seen.kind !== 'observed') return 'the service answered nobody, so no turn was waited for'
    if (seen.value === null) return 'whether turns ran is not known: the service does not count them'
    if (seen.value === 0) return 'no turn was running'
    if (performance.now() > end) return `${seen.value} requests were still under way after ${patienceMs / 1_000} s`
    await sleep(BETWEEN_LOOKS_MS)
  }
}
