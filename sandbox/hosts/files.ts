/**
 * Everything that is put into a host's root before it boots: who it is, what it must not start, its users, its
 * configuration. Safe to repeat: what belongs to the host's own life (its database role, for example) is written once.
 */
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { allHosts, type EstatePlan, type HostPlan, isStaging } from '../estate/name.ts'
import { pathsOf } from '../estate/paths.ts'
import { secret } from '../estate/secrets.ts'
import { run } from '../estate/shell.ts'
import { rootOf } from './disks.ts'
import { hbaFile, identFile, roleFile, serverFile } from './postgres-files.ts'
import { installUnits, place } from './units.ts'

export interface HostSettings {
  readonly traffic: boolean
  /** Environment of the host worker. */
  readonly worker: Readonly<Record<string, string>>
  /** Files that this environment names, below /etc/opencode-acp-ops. */
  readonly workerFiles: Readonly<Record<string, string>>
}

export async function prepareRoot(plan: EstatePlan, host: HostPlan, settings: HostSettings): Promise<void> {
  const root = rootOf(host)
  if (!existsSync(join(root, 'etc/opencode-acp-ops/adopted'))) {
    forgetMachine(root)
    place(root, 'etc/opencode-acp-ops/adopted', '')
  }
  identity(plan, host, root)
  place(
    root,
    'etc/sysusers.d/opencode.conf',
    'u opencode - "OpenCode ACP service" /var/lib/opencode /usr/sbin/nologin\n',
  )
  await run('systemd-sysusers', [`--root=${root}`, 'opencode.conf'])
  placeWorker(plan, host, root, settings)
  // A host without a database tells its gateway to keep no usage.
  if (isStaging(host.name)) place(root, 'etc/opencode/gateway.env', 'GATEWAY_DATABASE=\n')
  else placePostgres(plan, host, root)
  placeConfiguration(plan, root)
  // OpenCode writes this file into a configuration folder that lacks it, and ends itself when the folder is read-only.
  place(root, 'etc/opencode/.gitignore', 'node_modules\npackage.json\npackage-lock.json\n.gitignore\n')
  installUnits(root, plan.checkout, settings.traffic)
}

/** The machine's own services, mounts and timers must not start a second time inside its hosts. */
function forgetMachine(root: string): void {
  rmSync(join(root, 'etc/systemd/system'), { recursive: true, force: true })
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true })
  symlinkSync('/lib/systemd/system/multi-user.target', join(root, 'etc/systemd/system/default.target'))
  for (const name of readdirSync(join(root, 'etc'))) {
    if (/^rc[0-9S]\.d$/.test(name)) rmSync(join(root, 'etc', name), { recursive: true })
  }
  const generators = ['postgresql-generator', 'systemd-gpt-auto-generator', 'systemd-getty-generator']
  mkdirSync(join(root, 'etc/systemd/system-generators'), { recursive: true })
  for (const name of generators) symlinkSync('/dev/null', join(root, 'etc/systemd/system-generators', name))
  for (const unit of [
    'getty.target',
    'systemd-logind.service',
    'systemd-timesyncd.service',
    'systemd-sysctl.service',
  ]) {
    symlinkSync('/dev/null', join(root, 'etc/systemd/system', unit))
  }
  place(root, 'etc/fstab', '')
  place(root, 'etc/resolv.conf', '')
  place(root, 'etc/systemd/journald.conf.d/ops.conf', '[Journal]\nStorage=persistent\nSystemMaxUse=200M\n')
}

function identity(plan: EstatePlan, host: HostPlan, root: string): void {
  const peers = allHosts.map(name => `${plan.hosts[name].address} ${name}`)
  place(root, 'etc/hostname', `${host.name}\n`)
  place(root, 'etc/hosts', `127.0.0.1 localhost\n${plan.address} control\n${peers.join('\n')}\n`)
  const machineId = createHash('sha256').update(`${plan.id} ${host.name}`).digest('hex').slice(0, 32)
  place(root, 'etc/machine-id', `${machineId}\n`, 0o444)
}

/** What was deployed on a host stays on it: only a configuration that is still ours is renewed with the checkout. */
function placeConfiguration(plan: EstatePlan, root: string): void {
  const [path, ours] = ['etc/opencode/opencode.json', 'etc/opencode-acp-ops/opencode.json.ours']
  const text = readFileSync(join(plan.checkout, 'sandbox/gateway/opencode.json'), 'utf8')
  const textOf = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null)
  if (textOf(path) !== null && textOf(ours) !== null && textOf(path) !== textOf(ours)) return
  place(root, path, text)
  place(root, ours, text)
}

function placeWorker(plan: EstatePlan, host: HostPlan, root: string, settings: HostSettings): void {
  const folder = 'etc/opencode-acp-ops'
  const lines = Object.entries(settings.worker).map(([name, value]) => `${name}=${value}\n`)
  place(root, `${folder}/host.env`, lines.join(''), 0o600)
  place(root, `${folder}/token`, `${secret(pathsOf(plan).secrets, `token-${host.name}`)}\n`, 0o600)
  for (const [name, text] of Object.entries(settings.workerFiles)) place(root, `${folder}/${name}`, text, 0o600)
}

function placePostgres(plan: EstatePlan, host: HostPlan, root: string): void {
  const folder = 'etc/opencode-pg'
  place(root, `${folder}/postgresql.conf`, serverFile())
  place(root, `${folder}/pg_hba.conf`, hbaFile(plan.subnet))
  place(root, `${folder}/pg_ident.conf`, identFile())
  const password = secret(pathsOf(plan).secrets, 'replicator-password')
  place(root, `${folder}/replication.pass`, `*:5432:*:replicator:${password}\n`, 0o600)
  const role = join(root, folder, 'role.conf')
  // The role is the host's own from its first boot on: a failover changes it here, and no start changes it back.
  if (!existsSync(role)) {
    place(root, `${folder}/role.conf`, roleFile(host.name, host.name === 'alpha' ? undefined : plan.hosts.alpha))
  }
  const owner = accountOf(root, 'postgres')
  for (const name of ['role.conf', 'replication.pass']) {
    chownSync(join(root, folder, name), owner.uid, owner.gid)
    chmodSync(join(root, folder, name), 0o600)
  }
}

function accountOf(root: string, user: string): { readonly uid: number; readonly gid: number } {
  const line = readFileSync(join(root, 'etc/passwd'), 'utf8')
    .split('\n')
    .find(entry => entry.startsWith(`${user}:`))
  const [uid, gid] = (line ?? '').split(':').slice(2, 4).map(Number)
  return { uid: uid ?? 0, gid: gid ?? 0 }
}
