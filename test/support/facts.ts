/** A healthy estate and what healthy hosts say; tests change one thing at a time. */
import type { Estate, Host } from '../../domain/estate.ts'
import type { AvailabilityFacts, DatabaseFacts, HostGreeting, LogFacts, SystemFacts } from '../../domain/facts.ts'
import type { HostFacts } from '../../domain/health/facts.ts'
import type { HostName } from '../../domain/ids.ts'
import { observed, skipped } from '../../domain/observed.ts'
import { MANUAL_THRESHOLDS } from '../../domain/thresholds.ts'

export const alpha: Host = { name: 'alpha' as HostName, site: 'east', role: 'primary' }
export const beta: Host = { name: 'beta' as HostName, site: 'west', role: 'standby' }

export const estate: Estate = {
  name: 'test',
  timezone: 'UTC',
  hosts: [alpha, beta],
  service: {
    unit: 'opencode-acp',
    acp: { kind: 'http', url: 'http://127.0.0.1:3000/acp', metricsUrl: 'http://127.0.0.1:3000/metrics' },
    log: { kind: 'file', path: '/var/log/opencode-acp.log' },
    sessionsLimit: 50,
    expectedVersion: null,
  },
  database: { host: '/run/postgresql', port: 5432, name: 'opencode_db', user: 'ops_monitor' },
  certificates: [],
  zed: null,
  thresholds: MANUAL_THRESHOLDS,
  waivers: [],
}

export const greeting: HostGreeting = { bootId: 'boot-1', upSeconds: 3_600, clockOffsetMs: 2, clockUncertaintyMs: 5 }

export const system: SystemFacts = {
  service: observed({
    loadState: 'loaded',
    activeState: 'active',
    subState: 'running',
    result: 'success',
    restarts: 0,
    mainPid: 42,
    exitStatus: 0,
    stateSeconds: 3_000,
  }),
  failedUnits: observed([]),
  disks: observed([
    { mount: '/var', source: '/dev/loop0', sizeBytes: 3e9, availableBytes: 2e9, usedPercent: 30, inodesUsedPercent: 2 },
  ]),
  memory: observed({ totalBytes: 24e9, availableBytes: 20e9, usedPercent: 17, pressureAvg60: 0, swapInPerSecond: 0 }),
  load: observed({ load1: 0.5, load5: 0.4, cores: 2 }),
  certificates: skipped('no certificate is configured'),
  zed: skipped('not configured'),
}

const handshake = (latencyMs: number) => ({
  kind: 'answered' as const,
  latencyMs,
  protocolVersion: 1,
  agentName: 'OpenCode',
  agentVersion: '1.18.33',
})

export const availability: AvailabilityFacts = {
  first: handshake(20),
  latenciesMs: Array.from({ length: 20 }, (_, index) => index + 1),
  refusals: [],
  connectionsBefore: 1,
  connectionsAfter: 1,
}

export const log: LogFacts = {
  since: '2026-11-22T09:00:00.000Z',
  until: '2026-11-23T09:00:00.000Z',
  files: ['/var/log/opencode-acp.log'],
  bytesRead: 100_000,
  records: 1_000,
  unparsable: 0,
  oversized: 0,
  errors: 1,
  warnings: 3,
  connected: 10,
  disconnected: 9,
  requests: 500,
  failedRequests: 1,
  durations: { n: 500, mean: 30, p50: 20, p90: 50, p95: 90, p99: 200, max: 400 },
  turns: null,
  topErrors: [{ fingerprint: 'agent_exit', count: 1 }],
  topWarnings: [],
  previous: null,
  excerpt: null,
}

const reachable = { kind: 'reachable' as const, version: '15.18', connections: 5, maxConnections: 100 }

export const primaryDatabase: DatabaseFacts = {
  ...reachable,
  replication: {
    kind: 'primary',
    standbys: [{ name: 'beta', state: 'streaming', lagBytes: 0, lagSeconds: 0 }],
    inactiveSlots: [],
  },
}

export const standbyDatabase: DatabaseFacts = {
  ...reachable,
  replication: { kind: 'standby', streaming: true, lagSeconds: 0, lagBytes: 0 },
}

export function healthyHost(host: Host): HostFacts {
  return {
    host,
    greeting,
    system,
    availability: observed(availability),
    log: observed(log),
    usage: observed({
      processes: 3,
      memoryBytes: 400e6,
      largestProcessBytes: 300e6,
      memorySource: 'pss',
      cpuPercent: 4,
      windowSeconds: 10,
    }),
    sessions: observed({ open: 3 }),
    database: observed(host.role === 'primary' ? primaryDatabase : standbyDatabase),
    silence: null,
  }
}
