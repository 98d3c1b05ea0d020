/** Figures of the door, for /metrics: how old requests are, how quickly they are answered, what is refused and why. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export interface DoorMetrics {
  /** ms. */
  readonly age: (ms: number) => void
  /** ms from the request's arrival to its acknowledgement. */
  readonly acknowledged: (kind: string, ms: number) => void
  readonly refused: (reason: string) => void
  /** How something that had to be written ended: in time, late, or not at all. */
  readonly written: (how: 'in-time' | 'late' | 'not') => void
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 3, 5]

/** @param loopDelay the longest wait for a turn of the event loop of late, ms. */
export function createDoorMetrics(registry: Registry, loopDelay: () => number): DoorMetrics {
  const registers = [registry]
  const age = new Histogram({
    name: 'ops_slack_request_age_seconds',
    help: 'Age of a request by its timestamp, less the difference of the clocks, when it is looked at.',
    buckets: SECONDS,
    registers,
  })
  const acknowledged = new Histogram({
    name: 'ops_slack_ack_seconds',
    help: 'From the arrival of a request to its acknowledgement.',
    labelNames: ['kind'],
    buckets: SECONDS,
    registers,
  })
  const refused = new Counter({
    name: 'ops_slack_refused_total',
    help: 'Requests that were not heard, by the reason.',
    labelNames: ['reason'],
    registers,
  })
  const written = new Counter({
    name: 'ops_slack_answered_total',
    help: 'Requests that were heard: answered in time, later than their acknowledgement, or not recorded.',
    labelNames: ['how'],
    registers,
  })
  new Gauge({
    name: 'ops_slack_event_loop_delay_seconds',
    help: 'The longest wait for a turn of the event loop in the last second or two.',
    registers,
    collect() {
      this.set(loopDelay() / 1_000)
    },
  })
  return {
    age: ms => age.observe(ms / 1_000),
    acknowledged: (kind, ms) => acknowledged.observe({ kind }, ms / 1_000),
    refused: reason => refused.inc({ reason }),
    written: how => written.inc({ how }),
  }
}
