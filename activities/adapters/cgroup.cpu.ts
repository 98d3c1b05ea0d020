/**
 * CPU time used between two looks at a set of processes. A process that ended has handed its time to its parent, where
 * it counts as time of children: what the parent gained, less what had been seen of the child before, was used since.
 */
import type { ProcessTimes } from './procfs.ts'

export interface Sample {
  /** When it was taken, ticks since the machine's boot. */
  readonly atTicks: number
  readonly processes: ReadonlyMap<number, ProcessTimes & { readonly pid: number }>
}

export function cpuTicksBetween(before: Sample, after: Sample): number {
  let ticks = 0
  for (const now of after.processes.values()) {
    const then = before.processes.get(now.pid)
    // The same number with another start is another process.
    if (then !== undefined && then.startTicks === now.startTicks) {
      ticks += now.ownTicks - then.ownTicks
      ticks += Math.max(0, now.childTicks - then.childTicks - seenOfEndedChildren(now.pid, before, after))
    } else if (now.startTicks >= before.atTicks - 1) {
      ticks += now.ownTicks + now.childTicks
    }
  }
  return Math.max(0, ticks)
}

function seenOfEndedChildren(parent: number, before: Sample, after: Sample): number {
  let ticks = 0
  for (const then of before.processes.values()) {
    if (then.parent !== parent) continue
    const now = after.processes.get(then.pid)
    if (now === undefined || now.startTicks !== then.startTicks) ticks += then.ownTicks + then.childTicks
  }
  return ticks
}
