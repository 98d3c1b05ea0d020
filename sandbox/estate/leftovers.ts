/**
 * Ends what a run of this estate left behind when it was killed: exactly the processes that it recorded, the mounts
 * and loop devices below its folder, and its own bridge. Nothing else on the machine is touched.
 */
import { readdirSync, rmSync } from 'node:fs'
import { forgetMachine } from '../hosts/machine.ts'
import { loopsOf, mountsBelow, releaseMounts } from './mounts.ts'
import type { EstatePlan } from './name.ts'
import { bridgeExists, removeBridge } from './network.ts'
import { pathsOf } from './paths.ts'
import { isAlive, killAll, treeOf } from './proc.ts'
import { readRecords, removeRecord } from './records.ts'
import { waitFor } from './wait.ts'

export const supervisorRecord = 'supervisor'

/** What was found and ended, in words; empty when the last run ended well. */
export async function clearLeftovers(plan: EstatePlan): Promise<readonly string[]> {
  const paths = pathsOf(plan)
  const ended: string[] = []
  const records = readRecords(paths.run).filter(record => record.name !== supervisorRecord)
  ended.push(...records.filter(isAlive).map(record => record.name))
  const processes = records.flatMap(treeOf)
  killAll(processes)
  await waitFor('the end of left-over processes', () => processes.every(one => !isAlive(one)), { timeoutMs: 15_000 })
  for (const record of records) removeRecord(paths.run, record.name)
  if (mountsBelow(plan.folder).length + mountsBelow(plan.runtime).length > 0) ended.push('mounts')
  if (loopsOf(plan.folder).length > 0) ended.push('loop devices')
  await releaseMounts(plan.runtime)
  await releaseMounts(plan.folder)
  for (const host of Object.values(plan.hosts)) forgetMachine(host)
  if (await bridgeExists(plan)) ended.push(plan.bridge)
  await removeBridge(plan)
  clearRuntime(plan)
  return ended
}

/** The runtime folder is empty but for sockets and mount points once its processes are gone. */
export function clearRuntime(plan: EstatePlan): void {
  rmSync(plan.runtime, { recursive: true, force: true })
  try {
    const parent = plan.runtime.slice(0, plan.runtime.lastIndexOf('/'))
    if (readdirSync(parent).length === 0) rmSync(parent, { recursive: true })
  } catch {
    // Another estate made or removed it in the same moment.
  }
}
