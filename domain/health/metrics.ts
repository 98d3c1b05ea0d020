/** The numbers of a health check that are kept from day to day (D1.5b). */

import type { Measurement, MetricUnit } from '../measurements.ts'
import type { Observed } from '../observed.ts'
import { percentiles } from '../percentiles.ts'
import type { HostFacts } from './facts.ts'

export function measure(facts: HostFacts): readonly Measurement[] {
  const target = facts.host.name
  const rows: Measurement[] = []
  const keep = (metric: string, unit: MetricUnit, value: number | null, n = 1): void => {
    if (value !== null) rows.push({ target, metric, unit, value, n })
  }

  const handshakes = seen(facts.availability)?.latenciesMs ?? []
  const latency = percentiles(handshakes)
  keep('acp.handshake.p50', 'ms', latency?.p50 ?? null, handshakes.length)
  keep('acp.handshake.p95', 'ms', latency?.p95 ?? null, handshakes.length)

  const log = seen(facts.log)
  if (log !== null) {
    keep('log.errors', 'count', log.errors, log.records)
    keep('log.warnings', 'count', log.warnings, log.records)
    keep('requests.count', 'count', log.requests)
    if (log.requests > 0)
      keep('requests.error-rate', 'percent', (100 * log.failedRequests) / log.requests, log.requests)
    keep('requests.p95', 'ms', log.durations?.p95 ?? null, log.durations?.n ?? 0)
  }

  const usage = seen(facts.usage)
  keep('service.memory', 'bytes', usage?.memoryBytes ?? null)
  keep('service.cpu', 'percent', usage?.cpuPercent ?? null)
  keep('sessions.open', 'count', seen(facts.sessions)?.open ?? null)

  const memory = facts.system === null ? null : seen(facts.system.memory)
  keep('memory.used', 'percent', memory?.usedPercent ?? null)
  for (const disk of (facts.system === null ? null : seen(facts.system.disks)) ?? []) {
    keep(`disk.used:${disk.mount}`, 'percent', disk.usedPercent)
  }

  const database = seen(facts.database)
  if (database?.kind === 'reachable') {
    keep('database.connections', 'count', database.connections)
    if (database.replication.kind === 'standby') keep('database.lag', 'seconds', database.replication.lagSeconds)
  }
  return rows
}

function seen<T>(fact: Observed<T> | null): T | null {
  return fact?.kind === 'observed' ? fact.value : null
}
