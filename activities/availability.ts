/** Is the service really there and how quickly does it answer (D1.2); how many sessions are open (D1.4d). */
import { cancellationSignal, heartbeat } from '@temporalio/activity'
import type { AcpTransport } from '../domain/estate.ts'
import type { AvailabilityFacts, Handshake, SessionFacts } from '../domain/facts.ts'
import { OpsError } from '../domain/failures.ts'
import { type Observed, skipped } from '../domain/observed.ts'
import { observe, observeOnce } from './observe.ts'

export interface AvailabilityPorts {
  readonly shakeHands: (acp: AcpTransport, options: { deadlineMs: number; signal: AbortSignal }) => Promise<Handshake>
  readonly readMetrics: (url: string, signal: AbortSignal) => Promise<string>
  /** Null when the text has no such metric. */
  readonly metricValue: (text: string, name: string) => number | null
}

export interface ProbeRequest {
  readonly acp: AcpTransport
  /** Timed handshakes after the warm-up. */
  readonly samples: number
  /** Milliseconds for each. */
  readonly deadlineMs: number
}

/**
 * Of all before the last sample begins. It, its end and the last look at the metrics take up to 15 s more, and slow ones
 * must not use up the activity's minute: the samples taken until then tell enough.
 */
const BUDGET_MS = 35_000

const CONNECTIONS = 'opencode_acp_connections'
const SESSIONS = 'opencode_acp_sessions_active'

export function createAvailabilityActivities(ports: AvailabilityPorts) {
  return {
    /** A read: each handshake closes the connection that it opened, so a second try finds the service as it was. */
    async probeAcp({ acp, samples, deadlineMs }: ProbeRequest): Promise<Observed<AvailabilityFacts>> {
      const signal = cancellationSignal()
      return await observe(async () => {
        const end = performance.now() + BUDGET_MS
        const connectionsBefore = await countConnections(ports, acp, signal)
        const first = await ports.shakeHands(acp, { deadlineMs, signal })
        const latenciesMs: number[] = []
        const refusals: string[] = []
        const taken = () => latenciesMs.length + refusals.length
        // One after the other: side by side they would measure each other.
        while (first.kind === 'answered' && taken() < samples && performance.now() < end) {
          const handshake = await ports.shakeHands(acp, { deadlineMs, signal })
          if (handshake.kind === 'answered') latenciesMs.push(Math.round(handshake.latencyMs * 10) / 10)
          else refusals.push(handshake.reason)
          heartbeat(taken())
        }
        // Who refused is not asked how many it refused: it would only be waited for again.
        const connectionsAfter = first.kind === 'answered' ? await countConnections(ports, acp, signal) : null
        return { first, latenciesMs, refusals, connectionsBefore, connectionsAfter }
      })
    },

    /** A read. */
    async countSessions({ acp }: { readonly acp: AcpTransport }): Promise<Observed<SessionFacts>> {
      if (acp.kind === 'stdio') return skipped('an agent on standard streams has no common count of sessions')
      const { metricsUrl } = acp
      if (metricsUrl === null) return skipped('no metrics address is configured')
      const signal = cancellationSignal()
      // A service that is stopped refuses the next time too, and the check must not wait for it.
      return await observeOnce(async () => {
        const open = ports.metricValue(await ports.readMetrics(metricsUrl, signal), SESSIONS)
        if (open !== null) return { open }
        const hint = 'Correct service.acp.metricsUrl in the estate file, or upgrade the gateway.'
        throw new OpsError({ owner: 'configuration', message: `${metricsUrl} does not report ${SESSIONS}`, hint })
      })
    },
  }
}

/** Null when the service does not count them or does not answer: the handshakes tell the latter better. */
async function countConnections(
  { readMetrics, metricValue }: AvailabilityPorts,
  acp: AcpTransport,
  signal: AbortSignal,
): Promise<number | null> {
  if (acp.kind !== 'http' || acp.metricsUrl === null) return null
  const text = await observeOnce(() => readMetrics(acp.metricsUrl ?? '', signal))
  return text.kind === 'observed' ? metricValue(text.value, CONNECTIONS) : null
}
