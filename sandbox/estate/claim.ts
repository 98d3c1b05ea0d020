/** One supervisor per estate, by a lock in the kernel. The record beside it says to others who holds the estate. */
import { mkdirSync } from 'node:fs'
import { takeKernelLock } from './kernel-lock.ts'
import { supervisorRecord } from './leftovers.ts'
import type { EstatePlan } from './name.ts'
import { pathsOf } from './paths.ts'
import { exits, Problem } from './problem.ts'
import { identify } from './proc.ts'
import { liveRecord, removeRecord, writeRecord } from './records.ts'

/**
 * Takes the estate, over from a dead supervisor if need be; answers how to give it back.
 * @throws Problem (exit 75) while another supervisor of this estate is alive.
 */
export async function claimEstate(plan: EstatePlan): Promise<() => void> {
  const { run } = pathsOf(plan)
  const self = identify(process.pid)
  if (self === undefined) throw new Problem('cannot read /proc/self/stat', { hint: 'The sandbox needs /proc.' })
  const unlock = await lockEstate(plan)
  mkdirSync(plan.folder, { recursive: true })
  mkdirSync(run, { recursive: true, mode: 0o700 })
  writeRecord(run, { ...self, name: supervisorRecord, command: 'sandbox' })
  return () => {
    removeRecord(run, supervisorRecord)
    unlock()
  }
}

/** Keeps every other supervisor of this estate from starting; answers how to let them again. @throws Problem (exit 75). */
export async function lockEstate(plan: EstatePlan): Promise<() => void> {
  const { run } = pathsOf(plan)
  const unlock = await takeKernelLock(plan.folder)
  if (unlock === undefined) throw alreadyRunning(plan, liveRecord(run, supervisorRecord)?.pid)
  // A record that lives although the name was free is from a supervisor that this lock does not reach: an older one, or one in another network.
  const owner = liveRecord(run, supervisorRecord)
  if (owner === undefined) return unlock
  unlock()
  throw alreadyRunning(plan, owner.pid)
}

function alreadyRunning(plan: EstatePlan, pid: number | undefined): Problem {
  return new Problem(`estate '${plan.name}' is already running${pid === undefined ? '' : ` (process ${pid})`}`, {
    hint: `End it with Ctrl-C in its terminal or 'npm run -s sandbox -- --name ${plan.name} down', or start another: --name NAME.`,
    exit: exits.busy,
  })
}
