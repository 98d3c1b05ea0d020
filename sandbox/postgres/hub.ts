/**
 * The PostgreSQL outside both sites: Temporal's two databases and the ledger's, under separate roles. It listens on
 * the estate's own address only and answers this machine only; the hosts have no business with it.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf, ports } from '../estate/paths.ts'
import { type Child, type ChildSpec, childReady } from '../estate/processes.ts'
import { secret, writeSecret } from '../estate/secrets.ts'
import { run } from '../estate/shell.ts'

const bin = '/usr/lib/postgresql/15/bin'

/** The user postgres may not be able to walk to the checkout, so it works on its folder by a short public path. */
function viewOf(plan: EstatePlan): string {
  return join(plan.runtime, 'postgres')
}

function asPostgres(command: readonly string[]): readonly string[] {
  return ['--reuid=postgres', '--regid=postgres', '--init-groups', '--', ...command]
}

/** Makes the cluster when there is none. A half-made one (killed in between) is made again. */
export async function prepareHub(plan: EstatePlan): Promise<void> {
  const paths = pathsOf(plan)
  const view = viewOf(plan)
  mkdirSync(paths.postgres, { recursive: true })
  await run('chown', ['postgres:postgres', paths.postgres])
  mkdirSync(view, { recursive: true, mode: 0o755 })
  await run('mount', ['--bind', paths.postgres, view])
  const password = secret(paths.secrets, 'postgres-password')
  const data = join(paths.postgres, 'data')
  if (!existsSync(join(data, 'postgresql.ops.conf'))) {
    await run('rm', ['-rf', data])
    const initdb = [`${bin}/initdb`, '-D', join(view, 'data'), '-U', 'postgres', '--data-checksums', '-E', 'UTF8']
    const rest = ['--locale=C.UTF-8', '--auth=scram-sha-256', `--pwfile=${join(view, 'password')}`]
    writeSecret(paths.postgres, 'password', password)
    await run('chown', ['postgres:postgres', join(paths.postgres, 'password')])
    await run('setpriv', asPostgres([...initdb, ...rest]), { cwd: '/' })
    rmSync(join(paths.postgres, 'password'))
  }
  // The estate is ours alone and nothing of it runs: a lock that a killed server left is nobody's, whatever its number.
  rmSync(join(data, 'postmaster.pid'), { force: true })
  writeFileSync(join(data, 'pg_hba.conf'), `host all all ${plan.address}/32 scram-sha-256\n`)
  writeFileSync(join(data, 'postgresql.ops.conf'), settings(plan))
}

function settings(plan: EstatePlan): string {
  return [
    `listen_addresses = '${plan.address}'`,
    `port = ${ports.postgres}`,
    `unix_socket_directories = ''`,
    // Each of Temporal's four services keeps pools of its own to both databases.
    'max_connections = 300',
    'shared_buffers = 64MB',
    `max_wal_size = '512MB'`,
    `password_encryption = 'scram-sha-256'`,
    `log_timezone = 'UTC'`,
    `timezone = 'UTC'`,
    '',
  ].join('\n')
}

export function hubSpec(plan: EstatePlan): ChildSpec {
  const data = join(viewOf(plan), 'data')
  const server = [`${bin}/postgres`, '-D', data, '-c', `config_file=${join(data, 'postgresql.ops.conf')}`]
  // SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
  return { name: 'postgres', command: 'setpriv', args: asPostgres(server), stopSignal: 'SIGINT' }
}

export function hubUrl(plan: EstatePlan, user: string, password: string, database: string): string {
  return `postgres://${user}:${password}@${plan.address}:${ports.postgres}/${database}`
}

export async function hubReady(plan: EstatePlan, child: Child, signal?: AbortSignal): Promise<void> {
  await childReady(child, async () => await withHub(plan, 'postgres', async () => true), 60_000, signal)
}

async function withHub<T>(plan: EstatePlan, database: string, work: (client: Client) => Promise<T>): Promise<T> {
  const password = secret(pathsOf(plan).secrets, 'postgres-password')
  const client = new Client({ connectionString: hubUrl(plan, 'postgres', password, database) })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

interface Role {
  readonly name: string
  readonly databases: readonly string[]
}

const roles: readonly Role[] = [
  { name: 'temporal', databases: ['temporal', 'temporal_visibility'] },
  { name: 'ops_ledger_owner', databases: ['ops_ledger'] },
  { name: 'ops_ledger', databases: [] },
]

/** Roles and databases as they should be, whatever was there. Writes the URLs that the control plane reads. */
export async function convergeHub(plan: EstatePlan): Promise<void> {
  const { secrets } = pathsOf(plan)
  await withHub(plan, 'postgres', async client => {
    for (const role of roles) {
      const password = secret(secrets, `${role.name}-password`)
      const exists = await client.query('select 1 from pg_roles where rolname = $1', [role.name])
      if (exists.rowCount === 0) await client.query(`create role ${role.name}`)
      await client.query(`alter role ${role.name} login password '${password}'`)
      for (const database of role.databases) {
        const made = await client.query('select 1 from pg_database where datname = $1', [database])
        if (made.rowCount === 0) await client.query(`create database ${database} owner ${role.name}`)
        await client.query(`revoke all on database ${database} from public`)
      }
    }
    await client.query('grant connect on database ops_ledger to ops_ledger')
  })
  const url = (role: string, database: string) => hubUrl(plan, role, secret(secrets, `${role}-password`), database)
  writeSecret(secrets, 'ledger-url', url('ops_ledger', 'ops_ledger'))
  writeSecret(secrets, 'ledger-owner-url', url('ops_ledger_owner', 'ops_ledger'))
  writeSecret(secrets, 'postgres-url', hubUrl(plan, 'postgres', secret(secrets, 'postgres-password'), 'ops_ledger'))
}
