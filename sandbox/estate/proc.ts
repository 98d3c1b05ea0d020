/**
 * Telling a process from a later one that got the same number: a process is its pid together with the kernel tick at
 * which it started.
 */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessId {
  readonly pid: number
  readonly startTicks: number
}

/** Field 22 of /proc/PID/stat; the command (field 2) may itself hold spaces and brackets. */
export function startTicksOf(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  const ticks = Number(fields[19])
  return state === 'Z' || state === 'X' || !Number.isSafeInteger(ticks) ? undefined : ticks
}

export function identify(pid: number): ProcessId | undefined {
  const stat = statOf(pid)
  const startTicks = stat === undefined ? undefined : startTicksOf(stat)
  return startTicks === undefined ? undefined : { pid, startTicks }
}

/** False too for a zombie, and for another process that got the number later. */
export function isAlive(process: ProcessId): boolean {
  return identify(process.pid)?.startTicks === process.startTicks
}

/** A process and everything below it, parents first. Servers such as PostgreSQL give each child a group of its own. */
export function treeOf(root: ProcessId): readonly ProcessId[] {
  const children = new Map<number, ProcessId[]>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    const stat = statOf(pid)
    const startTicks = stat === undefined ? undefined : startTicksOf(stat)
    if (stat === undefined || startTicks === undefined) continue
    const parent = parentOf(stat)
    children.set(parent, [...(children.get(parent) ?? []), { pid, startTicks }])
  }
  const below = (process: ProcessId): readonly ProcessId[] => [
    process,
    ...(children.get(process.pid) ?? []).flatMap(below),
  ]
  return isAlive(root) ? below(root) : []
}

export function childrenOf(root: ProcessId): readonly ProcessId[] {
  return treeOf(root)
    .slice(1)
    .filter(child => parentOf(statOf(child.pid) ?? '') === root.pid)
}

function parentOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
}

/** Kills exactly these processes; those that have ended, or whose number is somebody else's by now, are left alone. */
export function killAll(processes: readonly ProcessId[]): void {
  for (const target of processes) {
    if (!isAlive(target)) continue
    try {
      process.kill(target.pid, 'SIGKILL')
    } catch {
      // It ended in this very moment.
    }
  }
}
