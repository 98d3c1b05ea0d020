/** Every number that judges, with its unit. Defaults are the manual's; an estate file may state its own. */

export interface Limits {
  /** Above this: warn. */
  readonly warn: number
  /** Above this: fail. */
  readonly fail: number
}

export interface Thresholds {
  /** Disk and inodes, per cent by df's formula (A1.3). */
  readonly diskUsedPercent: Limits
  /** 1 - MemAvailable/MemTotal, per cent (A1.2). */
  readonly memoryUsedPercent: Limits
  /** 5-minute load average per core (D1.1e). */
  readonly loadPerCore: number
  /** Milliseconds between the clocks of two hosts. */
  readonly clockSkewMs: Limits
  /** Days of validity left: below warn, below fail. */
  readonly certificateDays: Limits
  /** Seconds that a unit may take to start before it is a warning (D1.1a). */
  readonly startingSeconds: number
  /** p95 of handshakes, milliseconds (A1.5). */
  readonly handshakeMs: Limits
  /** p95 of requests other than prompt turns, milliseconds (A1.5). */
  readonly requestMs: Limits
  /** Failed requests of all requests, per cent (A1.6). */
  readonly errorRatePercent: Limits
  /** Fewer samples than this say nothing about a percentile or a rate. */
  readonly minimumSamples: number
  /** Memory of the whole service (PSS over its cgroup), bytes: at or above is a failure (D1.4b). */
  readonly serviceMemoryBytes: number
  /** Memory of the service's largest process (PSS), bytes: at or above is a warning. */
  readonly processMemoryBytes: number
  /** CPU of the whole service, per cent of one core: at or above is a failure (D1.4c). */
  readonly serviceCpuPercent: number
  /** Open sessions of the limit, per cent (A1.7). */
  readonly sessionsUsedPercent: number
  /** Database connections of the maximum, per cent. */
  readonly connectionsUsedPercent: Limits
  /** Replay lag of a standby, seconds. */
  readonly replicationLagSeconds: Limits
  /** Growth over the 7-day median that counts as an anomaly, per cent. */
  readonly anomalyPercent: number
  /** Days with a measurement that a median needs. */
  readonly anomalyDays: number
}

export const MANUAL_THRESHOLDS: Thresholds = {
  diskUsedPercent: { warn: 85, fail: 95 },
  memoryUsedPercent: { warn: 80, fail: 90 },
  loadPerCore: 1,
  clockSkewMs: { warn: 500, fail: 5_000 },
  certificateDays: { warn: 30, fail: 7 },
  startingSeconds: 60,
  handshakeMs: { warn: 500, fail: 2_000 },
  requestMs: { warn: 500, fail: 2_000 },
  errorRatePercent: { warn: 1, fail: 5 },
  minimumSamples: 20,
  serviceMemoryBytes: 500_000_000,
  processMemoryBytes: 500_000_000,
  serviceCpuPercent: 30,
  sessionsUsedPercent: 80,
  connectionsUsedPercent: { warn: 80, fail: 95 },
  replicationLagSeconds: { warn: 10, fail: 60 },
  anomalyPercent: 100,
  anomalyDays: 5,
}
