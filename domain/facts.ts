/** What hosts report about themselves: observations, not yet judged. Plain JSON, small enough for a history. */
import type { Observed } from './observed.ts'
import type { ArtefactRef } from './run-record.ts'

/** A host's first answer: it is there, and this is its clock. */
export interface HostGreeting {
  /** Changes with every boot. */
  readonly bootId: string
  /** Seconds since this host's own boot. */
  readonly upSeconds: number
  /** The host's clock minus the Temporal server's, milliseconds. */
  readonly clockOffsetMs: number
  /** The true offset is at most this much away, milliseconds. */
  readonly clockUncertaintyMs: number
}

export interface ServiceFacts {
  /** systemd's words: `loaded`, `not-found`, … */
  readonly loadState: string
  /** `active`, `activating`, `inactive`, `failed`, … */
  readonly activeState: string
  readonly subState: string
  readonly result: string
  /** Automatic restarts since the unit was last started by hand or by boot. */
  readonly restarts: number
  readonly mainPid: number
  readonly exitStatus: number
  /** Seconds in the present state, or null when systemd does not say. */
  readonly stateSeconds: number | null
}

export interface DiskFacts {
  readonly mount: string
  readonly source: string
  readonly sizeBytes: number
  readonly availableBytes: number
  /** used / (used + available), as df prints it. */
  readonly usedPercent: number
  readonly inodesUsedPercent: number | null
}

export interface MemoryFacts {
  readonly totalBytes: number
  readonly availableBytes: number
  readonly usedPercent: number
  /** PSI `some avg60` of memory, per cent, or null where the kernel has none. */
  readonly pressureAvg60: number | null
  readonly swapInPerSecond: number | null
}

export interface LoadFacts {
  readonly load1: number
  readonly load5: number
  readonly cores: number
}

export interface CertificateFacts {
  readonly path: string
  readonly subject: string
  /** ISO time. */
  readonly notAfter: string
  readonly daysLeft: number
}

export interface ZedFacts {
  readonly command: string
  readonly version: string
  readonly protocolVersion: number
}

/** D1.1: state of the unit and of the machine under it. */
export interface SystemFacts {
  readonly service: Observed<ServiceFacts>
  readonly failedUnits: Observed<readonly string[]>
  readonly disks: Observed<readonly DiskFacts[]>
  readonly memory: Observed<MemoryFacts>
  readonly load: Observed<LoadFacts>
  readonly certificates: Observed<readonly CertificateFacts[]>
  readonly zed: Observed<ZedFacts>
}

/** One ACP initialize, judged by its content: an HTTP status proves nothing (T01). */
export type Handshake =
  | {
      readonly kind: 'answered'
      readonly latencyMs: number
      readonly protocolVersion: number
      readonly agentName: string
      readonly agentVersion: string
    }
  | {
      readonly kind: 'refused'
      readonly latencyMs: number
      /** One sentence, redacted: what came back instead of an ACP answer. */
      readonly reason: string
    }

/** D1.2: is the service really there, and how quickly does it answer. */
export interface AvailabilityFacts {
  /** The warm-up handshake: it decides availability and is not timed. */
  readonly first: Handshake
  /** Latencies of the timed ones that were answered, in order, milliseconds; empty when the first was refused. */
  readonly latenciesMs: readonly number[]
  /** Why each of the other timed ones failed, redacted. */
  readonly refusals: readonly string[]
  /** Connections that the gateway counted before and after, when it counts them. */
  readonly connectionsBefore: number | null
  readonly connectionsAfter: number | null
}

export interface Percentiles {
  readonly n: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface LogPattern {
  /** The message with ids, numbers and quoted text masked. */
  readonly fingerprint: string
  readonly count: number
}

/** D1.3 and D1.4a: what the log of the last 24 hours says. Counts of records, never of lines. */
export interface LogFacts {
  /** Inclusive-exclusive window, ISO times: (since, until]. */
  readonly since: string
  readonly until: string
  readonly files: readonly string[]
  readonly bytesRead: number
  readonly records: number
  /** Lines that begin no record and continue none. */
  readonly unparsable: number
  /** Lines longer than the reader keeps; counted, their head is judged. */
  readonly oversized: number
  readonly errors: number
  readonly warnings: number
  readonly connected: number
  readonly disconnected: number
  /** Requests that ended, and of these the ones that failed by the service's fault. */
  readonly requests: number
  readonly failedRequests: number
  /** Durations of requests other than prompt turns, milliseconds; null when there is none. */
  readonly durations: Percentiles | null
  readonly turns: Percentiles | null
  readonly topErrors: readonly LogPattern[]
  readonly topWarnings: readonly LogPattern[]
  /** The same counts for the 24 hours before; null when the log does not reach back that far. */
  readonly previous: { readonly errors: number; readonly warnings: number } | null
  /** Last errors, warnings and connection events, redacted. */
  readonly excerpt: ArtefactRef | null
}

/** D1.4b-c: the whole cgroup of the service over a window without our own load. */
export interface UsageFacts {
  readonly processes: number
  readonly memoryBytes: number
  readonly largestProcessBytes: number
  /** `pss`, `rss` or `cgroup`: how the memory was counted. */
  readonly memorySource: string
  /** 100 = one core. */
  readonly cpuPercent: number
  readonly windowSeconds: number
}

export interface SessionFacts {
  readonly open: number
}

export type ReplicationFacts =
  | {
      readonly kind: 'primary'
      readonly standbys: readonly {
        readonly name: string
        readonly state: string
        readonly lagBytes: number | null
        readonly lagSeconds: number | null
      }[]
      readonly inactiveSlots: readonly string[]
    }
  | {
      readonly kind: 'standby'
      readonly streaming: boolean
      /** Seconds behind; 0 when everything received is replayed and the stream is alive. */
      readonly lagSeconds: number | null
      readonly lagBytes: number | null
    }

/** A database that refuses is a fact, not a missing observation. */
export type DatabaseFacts =
  | {
      readonly kind: 'unreachable'
      /** One sentence, redacted. */
      readonly reason: string
    }
  | {
      readonly kind: 'reachable'
      readonly version: string
      readonly connections: number
      readonly maxConnections: number
      readonly replication: ReplicationFacts
    }
