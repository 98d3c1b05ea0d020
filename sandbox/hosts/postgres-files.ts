/**
 * Configuration of a host's PostgreSQL, all of it outside PGDATA: pg_basebackup and pg_rewind copy what lies inside, and
 * a host that inherits the other's role settings waits for itself or follows itself.
 */
import type { HostName, HostPlan } from '../estate/name.ts'

export const pgFolder = '/etc/opencode-pg'
export const pgData = '/var/lib/opencode-pg/data'

/** The same on every host, whatever its role. */
export function serverFile(): string {
  return `# Written by the sandbox at each boot. What belongs to this host's role is in role.conf.
listen_addresses = '*'
port = 5432
unix_socket_directories = '/run/postgresql'
hba_file = '${pgFolder}/pg_hba.conf'
ident_file = '${pgFolder}/pg_ident.conf'
max_connections = 50
shared_buffers = 32MB
shared_preload_libraries = 'pg_stat_statements'
password_encryption = 'scram-sha-256'
wal_level = replica
wal_log_hints = on
max_wal_senders = 8
max_replication_slots = 8
max_wal_size = 256MB
# A slot of a standby that is gone must not fill the disk of the primary.
max_slot_wal_keep_size = 512MB
hot_standby = on
log_timezone = 'UTC'
timezone = 'UTC'
include '${pgFolder}/role.conf'
`
}

/** What distinguishes a primary (follows nobody) from a standby, apart from standby.signal in PGDATA. */
export function roleFile(self: HostName, follows: HostPlan | undefined): string {
  const conninfo = follows === undefined ? '' : connectionTo(self, follows)
  return `# Role of this host. Written once when it was made; failover and failback rewrite it.
primary_conninfo = '${conninfo}'
primary_slot_name = '${follows === undefined ? '' : self}'
synchronous_standby_names = ''
`
}

export function connectionTo(self: HostName, primary: HostPlan): string {
  return `host=${primary.address} port=5432 user=replicator application_name=${self} passfile=${pgFolder}/replication.pass`
}

/** Users of the host come in by their operating system's account; only the other host comes over the network. */
export function hbaFile(subnet: string): string {
  return `local all postgres peer
local all ops_monitor peer map=hosts
local opencode_db opencode_gateway peer map=hosts
host replication replicator ${subnet} scram-sha-256
host all all 0.0.0.0/0 reject
`
}

export function identFile(): string {
  return `hosts root ops_monitor
hosts opencode opencode_gateway
`
}
