/** Everything operated, as a procedure sees it: a snapshot without secrets, read at the start of each run. */
import type { HostName } from './ids.ts'
import type { Thresholds } from './thresholds.ts'

/** `staging`: fixes are tried on it. It sleeps in between, and procedures for all hosts leave it out. */
export type HostRole = 'primary' | 'standby' | 'staging'

export interface Host {
  readonly name: HostName
  readonly site: string
  readonly role: HostRole
}

export type LogSource =
  /** A file with its rotated (`.1`, `-YYYYMMDD…`) and compressed (`.gz`) siblings. */
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'journal' }

export type AcpTransport =
  /** POST to a gateway by the Streamable HTTP transport. */
  | { readonly kind: 'http'; readonly url: string; readonly metricsUrl: string | null }
  /** The host starts its agent and speaks over standard streams. Which program that is, only the host itself says. */
  | { readonly kind: 'stdio' }

export interface Service {
  /** systemd unit, without `.service`. */
  readonly unit: string
  readonly acp: AcpTransport
  readonly log: LogSource
  /** Limit of open sessions, or null when none is agreed. */
  readonly sessionsLimit: number | null
  /** When given, the agent must report exactly this version. */
  readonly expectedVersion: string | null
}

export interface Database {
  /** Directory of the unix socket, or a host name. */
  readonly host: string
  readonly port: number
  readonly name: string
  /** Role with pg_monitor; it authenticates as the operating system's user. */
  readonly user: string
}

export interface ZedClient {
  /** User whose editor settings are checked. */
  readonly user: string
  readonly settingsPath: string
}

export interface Waiver {
  /** Finding id, exactly, or with a trailing `*`. */
  readonly finding: string
  /** Host, or `all`. */
  readonly target: string
  readonly reason: string
  readonly owner: string
  /** Last local day on which it holds, YYYY-MM-DD. */
  readonly until: string
}

export interface Estate {
  readonly name: string
  /** IANA zone in which dates and schedules are meant. */
  readonly timezone: string
  readonly hosts: readonly Host[]
  readonly service: Service
  readonly database: Database | null
  /** Certificate files on each host. */
  readonly certificates: readonly string[]
  readonly zed: ZedClient | null
  readonly thresholds: Thresholds
  readonly waivers: readonly Waiver[]
}

/** All hosts but those that fixes are tried on. */
export function operatedHosts({ hosts }: Pick<Estate, 'hosts'>): readonly Host[] {
  return hosts.filter(({ role }) => role !== 'staging')
}
