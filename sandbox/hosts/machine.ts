/**
 * One host: a systemd of its own in its own process, mount and network name space (systemd-nspawn), on the estate's
 * bridge. Booting, running a command inside, pulling its plug and its cable.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { EstatePlan, HostPlan } from '../estate/name.ts'
import { pathsOf } from '../estate/paths.ts'
import { exits, Problem } from '../estate/problem.ts'
import { childrenOf, identify, type ProcessId } from '../estate/proc.ts'
import { type Child, childReady, startChild } from '../estate/processes.ts'
import { liveRecord, writeRecord } from '../estate/records.ts'
import { type Attempt, attempt, run } from '../estate/shell.ts'
import { removeGroups } from './cgroups.ts'
import { rootOf } from './disks.ts'
import { launching } from './launch.ts'

export interface Machine {
  readonly host: HostPlan
  /** The systemd-nspawn process; it ends with the host. */
  readonly child: Child
}

export async function bootMachine(plan: EstatePlan, host: HostPlan, signal?: AbortSignal): Promise<Machine> {
  const paths = pathsOf(plan)
  mkdirSync('/run/systemd/nspawn', { recursive: true })
  const [command = '', ...args] = launching(host, ['systemd-nspawn', ...nspawn(plan, host)])
  const child = await startChild(paths, { name: `host-${host.name}`, command, args })
  const leader = await childReady(child, async () => await leaderOf(child), 20_000, signal)
  writeRecord(paths.run, { ...leader, name: `leader-${host.name}`, command: 'systemd' })
  await run('nsenter', inNetwork(leader, ['ip', 'addr', 'add', `${host.address}/24`, 'dev', 'host0']))
  await run('nsenter', inNetwork(leader, ['ip', 'link', 'set', 'host0', 'up']))
  return { host, child }
}

/** Waits until systemd has worked through its start-up; a failed unit is for the health check to find. */
export async function machineReady(plan: EstatePlan, machine: Machine, signal?: AbortSignal): Promise<string> {
  return await childReady(
    machine.child,
    async () => {
      const state = (await execIn(plan, machine.host, ['systemctl', 'is-system-running'])).stdout.trim()
      return state === 'running' || state === 'degraded' ? state : undefined
    },
    60_000,
    signal,
  )
}

function nspawn(plan: EstatePlan, host: HostPlan): readonly string[] {
  return [
    '--boot',
    `--directory=${rootOf(host)}`,
    `--machine=${host.machine}`,
    `--hostname=${host.name}`,
    // The machine's own PID 1 need not be systemd.
    '--register=no',
    '--keep-unit',
    '--settings=no',
    '--console=read-only',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    `--network-bridge=${plan.bridge}`,
    // Not recursive: the estate's own mounts lie below the checkout.
    `--bind-ro=${plan.checkout}:/opt/ops:norbind`,
    // A host sees the code, but neither the estate's secrets nor the homes of the machine's people.
    '--tmpfs=/opt/ops/.sandbox:mode=0700',
    ...[...new Set(['/root', '/home', homedir(), plan.checkout])].map(path => `--tmpfs=${path}:mode=0700`),
  ]
}

/** The host's systemd: the only child of systemd-nspawn once its network is in place. */
async function leaderOf(child: Child): Promise<ProcessId | undefined> {
  const leader = childrenOf(child)[0]
  if (leader === undefined) return undefined
  const link = await attempt('nsenter', inNetwork(leader, ['ip', 'link', 'show', 'host0']))
  return link.ok && identify(leader.pid) !== undefined ? leader : undefined
}

function inNetwork(leader: ProcessId, command: readonly string[]): readonly string[] {
  return ['-t', String(leader.pid), '-n', '--', ...command]
}

/** Of a running host, also from another terminal. @throws Problem (exit 69) when it is off. */
export function leaderOfHost(plan: EstatePlan, host: HostPlan): ProcessId {
  const leader = liveRecord(pathsOf(plan).run, `leader-${host.name}`)
  if (leader === undefined) {
    throw new Problem(`host ${host.name} is off`, {
      hint: `Switch it on with 'npm run -s sandbox -- power ${host.name} on', or start the estate with 'npm start'.`,
      exit: exits.unavailable,
    })
  }
  return leader
}

/** The checkout's Node as a host sees it. */
export const nodeInside = '/opt/ops/node_modules/.bin/node'

/** Arguments of nsenter that run a command inside a host, with a clean environment. */
export function entering(plan: EstatePlan, host: HostPlan, command: readonly string[]): readonly string[] {
  const pid = String(leaderOfHost(plan, host).pid)
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const environment = ['env', '-i', path, 'HOME=/root', 'LANG=C.UTF-8', `TERM=${process.env.TERM ?? 'dumb'}`]
  return ['-t', pid, '-m', '-u', '-i', '-n', '-p', '-C', '--', ...environment, ...command]
}

export async function execIn(
  plan: EstatePlan,
  host: HostPlan,
  command: readonly string[],
  options: { readonly input?: string; readonly signal?: AbortSignal } = {},
): Promise<Attempt> {
  return await attempt('nsenter', entering(plan, host, command), { ...options, cwd: '/' })
}

/** The same for a command that has to succeed. */
export async function runIn(
  plan: EstatePlan,
  host: HostPlan,
  command: readonly string[],
  options: { readonly input?: string } = {},
): Promise<string> {
  const result = await execIn(plan, host, command, options)
  if (result.ok) return result.stdout.trim()
  throw new Problem(`on ${host.name}, '${command.join(' ').slice(0, 120)}' failed: ${result.reason}`, {
    hint: `Look around with 'npm run -s sandbox -- exec ${host.name} journalctl -b -n 50'.`,
  })
}

/** Shuts the host down in order; a host that does not end within its time loses its power. */
export async function powerOff(machine: Machine, graceMs = 30_000): Promise<void> {
  await machine.child.stop(graceMs)
  forgetMachine(machine.host)
}

/** What systemd-nspawn leaves in the machine's own folders when it is killed, and its groups in any case. */
export function forgetMachine(host: HostPlan): void {
  removeGroups(host)
  rmSync(join('/run/systemd/nspawn/propagate', host.machine), { recursive: true, force: true })
}

export function isUp(plan: EstatePlan, host: HostPlan): boolean {
  return liveRecord(pathsOf(plan).run, `leader-${host.name}`) !== undefined
}

/** The machine's end of the host's cable. Its name may be cut, its index is not. */
export async function cableOf(plan: EstatePlan, host: HostPlan): Promise<string> {
  const leader = leaderOfHost(plan, host)
  const inside = await run('nsenter', inNetwork(leader, ['ip', '-o', 'link', 'show', 'host0']))
  const index = /host0@if(\d+):/.exec(inside)?.[1]
  const outside = await run('ip', ['-o', 'link'])
  const cable = index === undefined ? undefined : new RegExp(`^${index}: ([^:@]+)`, 'm').exec(outside)?.[1]
  if (cable === undefined) throw new Problem(`the cable of host ${host.name} is not to be found`)
  return cable
}

export async function setLink(plan: EstatePlan, host: HostPlan, state: 'up' | 'down'): Promise<void> {
  await run('ip', ['link', 'set', await cableOf(plan, host), state])
}

export async function linkState(plan: EstatePlan, host: HostPlan): Promise<'up' | 'down'> {
  const shown = await run('ip', ['-o', 'link', 'show', await cableOf(plan, host)])
  return /<[^>]*\bUP\b/.test(shown) ? 'up' : 'down'
}
