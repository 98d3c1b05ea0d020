/**
 * The streaming pair of the two sites, made once: alpha as primary, beta copied from it through a slot. What exists is
 * left as it is, so that a later start finds the roles that a failover has given.
 */
import type { EstatePlan, HostPlan } from '../estate/name.ts'
import { pathsOf } from '../estate/paths.ts'
import { secret } from '../estate/secrets.ts'
import { waitFor } from '../estate/wait.ts'
import { execIn, runIn } from './machine.ts'
import { pgData, pgFolder } from './postgres-files.ts'

const bin = '/usr/lib/postgresql/15/bin'
const unit = 'postgresql-opencode.service'

export async function provisionPair(plan: EstatePlan, signal?: AbortSignal): Promise<void> {
  const { alpha, beta } = plan.hosts
  if (!(await hasData(plan, alpha))) await makePrimary(plan, alpha)
  await ready(plan, alpha, signal)
  const primary = (await inRecovery(plan, alpha)) ? beta : alpha
  if (primary === alpha) await convergePrimary(plan, alpha)
  if (!(await hasData(plan, beta))) await makeStandby(plan, alpha, beta)
  await ready(plan, beta, signal)
  if (primary === beta) await convergePrimary(plan, beta)
}

async function hasData(plan: EstatePlan, host: HostPlan): Promise<boolean> {
  return (await execIn(plan, host, ['test', '-e', `${pgData}/PG_VERSION`])).ok
}

async function asPostgres(
  plan: EstatePlan,
  host: HostPlan,
  command: readonly string[],
  input?: string,
): Promise<string> {
  return await runIn(plan, host, ['runuser', '-u', 'postgres', '--', ...command], input === undefined ? {} : { input })
}

async function sql(plan: EstatePlan, host: HostPlan, text: string, database = 'postgres'): Promise<string> {
  return await asPostgres(plan, host, ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database, '-f', '-'], text)
}

/** Made beside its place and moved there when complete, so that a killed start never leaves half a cluster. */
async function emptyDraft(plan: EstatePlan, host: HostPlan): Promise<string> {
  const draft = `${pgData}.new`
  await runIn(plan, host, ['rm', '-rf', draft])
  await runIn(plan, host, ['install', '-d', '-o', 'postgres', '-g', 'postgres', '-m', '0750', `${pgData}/..`])
  return draft
}

async function makePrimary(plan: EstatePlan, host: HostPlan): Promise<void> {
  const draft = await emptyDraft(plan, host)
  const initdb = [`${bin}/initdb`, '-D', draft, '--data-checksums', '-E', 'UTF8', '--locale=C.UTF-8']
  await asPostgres(plan, host, [...initdb, '--auth-local=peer', '--auth-host=scram-sha-256', '--no-sync'])
  await moveInPlace(plan, host, draft)
}

async function makeStandby(plan: EstatePlan, primary: HostPlan, standby: HostPlan): Promise<void> {
  const slot = standby.name
  await sql(
    plan,
    primary,
    `select pg_create_physical_replication_slot('${slot}', true)
     where not exists (select from pg_replication_slots where slot_name = '${slot}')`,
  )
  const draft = await emptyDraft(plan, standby)
  const from = `host=${primary.address} user=replicator passfile=${pgFolder}/replication.pass application_name=${slot}`
  const copy = [`${bin}/pg_basebackup`, '-d', from, '-D', draft, '-X', 'stream', '-c', 'fast', '-S', slot, '--no-sync']
  await asPostgres(plan, standby, copy)
  await asPostgres(plan, standby, ['touch', `${draft}/standby.signal`])
  await moveInPlace(plan, standby, draft)
}

async function moveInPlace(plan: EstatePlan, host: HostPlan, draft: string): Promise<void> {
  await runIn(plan, host, ['sync', '-f', draft])
  await runIn(plan, host, ['mv', '-T', draft, pgData])
  await runIn(plan, host, ['systemctl', 'start', unit])
}

async function ready(plan: EstatePlan, host: HostPlan, signal?: AbortSignal): Promise<void> {
  await waitFor(
    `PostgreSQL on ${host.name} answering`,
    async () => (await execIn(plan, host, ['pg_isready', '-q', '-h', '/run/postgresql'])).ok,
    { timeoutMs: 60_000, signal, hint: `See 'npm run -s sandbox -- exec ${host.name} journalctl -u ${unit}'.` },
  )
}

async function inRecovery(plan: EstatePlan, host: HostPlan): Promise<boolean> {
  return (await sql(plan, host, 'select pg_is_in_recovery()')) === 't'
}

/** Roles, database and tables as they should be; everything here can be said twice. */
async function convergePrimary(plan: EstatePlan, host: HostPlan): Promise<void> {
  const password = secret(pathsOf(plan).secrets, 'replicator-password')
  const role = (name: string) =>
    `do $$ begin if not exists (select from pg_roles where rolname = '${name}') then create role ${name}; end if; end $$;`
  await sql(
    plan,
    host,
    `${['replicator', 'ops_monitor', 'opencode_gateway'].map(role).join('\n')}
     alter role replicator login replication password '${password}';
     alter role ops_monitor login;
     alter role opencode_gateway login;
     grant pg_monitor to ops_monitor;
     select 'create database opencode_db' where not exists (select from pg_database where datname = 'opencode_db') \\gexec
     revoke all on database opencode_db from public;
     grant connect on database opencode_db to ops_monitor, opencode_gateway;`,
  )
  await sql(
    plan,
    host,
    'create extension if not exists pg_stat_statements;\n\\i /opt/ops/sandbox/gateway/schema.sql',
    'opencode_db',
  )
}

/** Whether the pair streams, as the primary sees it. */
export async function pairStreams(plan: EstatePlan): Promise<boolean> {
  const { alpha, beta } = plan.hosts
  const primary = (await inRecovery(plan, alpha)) ? beta : alpha
  return (await sql(plan, primary, `select count(*) from pg_stat_replication where state = 'streaming'`)) !== '0'
}
