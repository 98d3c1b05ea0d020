/** A host and its service as they are: boot and clock, unit and machine (D1.1), memory and CPU of the service (D1.4). */
import { activityInfo, cancellationSignal } from '@temporalio/activity'
import type { ZedClient } from '../domain/estate.ts'
import type {
  CertificateFacts,
  DiskFacts,
  HostGreeting,
  LoadFacts,
  MemoryFacts,
  ServiceFacts,
  SystemFacts,
  UsageFacts,
  ZedFacts,
} from '../domain/facts.ts'
import { type Observed, skipped } from '../domain/observed.ts'
import type { ServerClock } from './clock.ts'
import { observe, observeOnce } from './observe.ts'

export interface InspectionPorts {
  readonly clock: () => number
  /** When the Temporal server handed this task out, if it can be asked. */
  readonly serverClock: ServerClock
  readonly readBootId: () => Promise<string>
  readonly readUpSeconds: () => Promise<number>
  readonly readService: (unit: string, options: { signal: AbortSignal }) => Promise<ServiceFacts>
  readonly listFailedUnits: (options: { signal: AbortSignal }) => Promise<readonly string[]>
  readonly readDisks: (options: { signal: AbortSignal }) => Promise<readonly DiskFacts[]>
  readonly readMemory: (signal: AbortSignal) => Promise<MemoryFacts>
  readonly readLoad: () => Promise<LoadFacts>
  readonly readCertificates: (paths: readonly string[], now: Date) => Promise<readonly CertificateFacts[]>
  readonly inspectZed: (client: ZedClient, signal: AbortSignal) => Promise<ZedFacts>
  readonly measureUnit: (unit: string, windowSeconds: number, signal: AbortSignal) => Promise<UsageFacts>
}

export interface SystemRequest {
  /** systemd unit, without `.service`. */
  readonly unit: string
  readonly certificates: readonly string[]
  readonly zed: ZedClient | null
}

export interface UsageRequest {
  readonly unit: string
  readonly windowSeconds: number
}

export function createInspectionActivities(ports: InspectionPorts) {
  return {
    /** A read: repeating it looks at the clock again. */
    async greet(): Promise<HostGreeting> {
      // The clock is read first: every line before it would look like a fast clock.
      const arrivedAt = ports.clock()
      const { offsetMs, uncertaintyMs } = await ports.serverClock(activityInfo(), arrivedAt)
      const [bootId, upSeconds] = await Promise.all([ports.readBootId(), ports.readUpSeconds()])
      return { bootId, upSeconds, clockOffsetMs: offsetMs, clockUncertaintyMs: uncertaintyMs }
    },

    /** A read of a second, in parts that fail alone. Repeating it reads again, all of it. */
    async inspectSystem({ unit, certificates, zed }: SystemRequest): Promise<SystemFacts> {
      const signal = cancellationSignal()
      const parts = [
        observe(() => ports.readService(unit, { signal })),
        observe(() => ports.listFailedUnits({ signal })),
        observe(() => ports.readDisks({ signal })),
        observe(() => ports.readMemory(signal)),
        observe(() => ports.readLoad()),
        certificates.length === 0
          ? skipped('not configured')
          : observe(() => ports.readCertificates(certificates, new Date(ports.clock()))),
        zed === null ? skipped('not configured') : observe(() => ports.inspectZed(zed, signal)),
      ] as const
      // Also when one of them asks for another try: that must not find this one still at work.
      await Promise.allSettled(parts)
      const [service, failedUnits, disks, memory, load, certificateFacts, zedFacts] = await Promise.all(parts)
      return { service, failedUnits, disks, memory, load, certificates: certificateFacts, zed: zedFacts }
    },

    /** A read that takes the window's time. Repeating it watches a new window. */
    async measureUsage({ unit, windowSeconds }: UsageRequest): Promise<Observed<UsageFacts>> {
      const signal = cancellationSignal()
      // A stopped unit stays stopped, and a window that broke has used up its time.
      return await observeOnce(() => ports.measureUnit(unit, windowSeconds, signal))
    },
  }
}
