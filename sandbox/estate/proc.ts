/**
 * Telling a process from a later one that got the same number: a process is its pid together with the kernel tick at
 * which it started.
 */
import { readFileSync } from 'node:fs'

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
  try {
    const startTicks = startTicksOf(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return startTicks === undefined ? undefined : { pid, startTicks }
  } catch {
    return undefined
  }
}

/** False too for a zombie, and for another process that got the number later. */
export function isAlive(process: ProcessId): boolean {
  return identify(process.pid)?.startTicks === process.startTicks
}
