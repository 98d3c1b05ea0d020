/** What the collectors of a host read for an incident (I2.1b, S46), before it is put into words. */
import type { DatabaseFacts, DiskFacts, Handshake, MemoryFacts, ServiceFacts } from '../facts.ts'
import type { LastDeploy } from '../fixes/last-deploy.ts'
import type { Observed } from '../observed.ts'
import type { LogEvidence } from './recent-records.ts'

/** Small scalars: what judges evidence, and all of it that a history keeps beside the summary. */
export type EvidenceFacts = Readonly<Record<string, string | number | boolean | null>>

/** What people read: one line, the whole, and the facts. Redacted. */
export interface EvidenceWords {
  readonly summary: string
  readonly text: string
  readonly facts: EvidenceFacts
}

/** What systemd did with a unit, by the kind of its own message and never by the words in it. */
export interface UnitEvent {
  /** ISO time. */
  readonly at: string
  readonly kind: 'started' | 'stopped' | 'failed' | 'restart-scheduled' | 'exited' | 'out-of-memory' | 'other'
  readonly message: string
}

export interface ServiceReading {
  readonly unit: string
  readonly state: ServiceFacts
  /** All that systemd tells about the unit, `name=value`. */
  readonly properties: ReadonlyMap<string, string>
  /** Of the last 24 hours, oldest first. */
  readonly events: readonly UnitEvent[]
  readonly handshake: Observed<Handshake>
}

export interface LogReadingOfIncident extends LogEvidence {
  readonly files: readonly string[]
  /** With what the last hour was compared: all of the day before, as much as the log holds of it, or nothing. */
  readonly compared: 'day' | 'part' | 'nothing'
}

export interface ProcessRow {
  readonly pid: number
  readonly user: string
  /** 100 = one core. */
  readonly cpuPercent: number
  readonly rssBytes: number
  /** Redacted. */
  readonly command: string
}

export interface ProcessReading {
  readonly processes: number
  /** The hottest by CPU, hottest first. */
  readonly hottest: readonly ProcessRow[]
  readonly memory: MemoryFacts
  /** Processes that the kernel killed for want of memory since the machine booted, or null where it does not count. */
  readonly oomKills: number | null
}

export interface ConnectionReading {
  readonly port: number
  readonly isListening: boolean
  readonly established: number
  readonly timeWait: number
  /** Established connections by the other end's address, most first. */
  readonly peers: readonly { readonly address: string; readonly connections: number }[]
  readonly sessions: { readonly open: number | null; readonly limit: number | null }
}

export interface GrownFile {
  readonly path: string
  readonly bytes: number
  /** ISO time of the last write. */
  readonly writtenAt: string
}

export interface DiskReading {
  readonly disks: readonly DiskFacts[]
  /** The largest files beside the log that were written within the last 24 hours. */
  readonly grown: readonly GrownFile[]
}

export interface DatabaseActivity {
  readonly groups: readonly {
    readonly user: string
    readonly application: string
    readonly state: string
    readonly waitsFor: string
    readonly connections: number
    /** Of the oldest transaction in the group, seconds. */
    readonly oldestSeconds: number
  }[]
  /** Sessions that wait for a lock of another one; never their queries. */
  readonly blocked: readonly {
    readonly pid: number
    readonly user: string
    readonly waitSeconds: number
    readonly lock: string
    readonly relation: string | null
    readonly blockedBy: readonly number[]
  }[]
}

export interface DatabaseReading {
  readonly server: DatabaseFacts
  /** Null when the server cannot be asked. */
  readonly activity: DatabaseActivity | null
}

export interface HostChange {
  /** ISO time. */
  readonly at: string
  readonly kind: 'package' | 'npm' | 'configuration' | 'version' | 'unit' | 'boot'
  readonly what: string
}

export interface ChangesReading {
  /** Of the last 24 hours, newest first. */
  readonly changes: readonly HostChange[]
  /** What could not be read, and why, one sentence each. */
  readonly unread: readonly string[]
  /** What a roll-back would take back; null when there is no such deploy. */
  readonly lastDeploy: LastDeploy | null
}
