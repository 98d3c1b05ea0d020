/** One supervisor per estate: a claim is a record with pid and start time, made so that only one of two can win. */
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { supervisorRecord } from './leftovers.ts'
import type { EstatePlan } from './name.ts'
import { pathsOf } from './paths.ts'
import { exits, Problem } from './problem.ts'
import { identify, isAlive } from './proc.ts'
import { readRecord, removeRecord } from './records.ts'

/**
 * Takes the estate, over from a dead supervisor if need be; answers how to give it back.
 * @throws Problem (exit 75) while another supervisor of this estate is alive.
 */
export function claimEstate(plan: EstatePlan): () => void {
  const { run } = pathsOf(plan)
  const self = identify(process.pid)
  if (self === undefined) throw new Problem('cannot read /proc/self/stat', { hint: 'The sandbox needs /proc.' })
  mkdirSync(plan.folder, { recursive: true })
  mkdirSync(run, { recursive: true, mode: 0o700 })
  const file = join(run, `${supervisorRecord}.json`)
  const draft = join(run, `${supervisorRecord}.${process.pid}`)
  writeFileSync(draft, JSON.stringify({ ...self, name: supervisorRecord, command: 'sandbox' }))
  try {
    for (let round = 0; round < 3; round++) {
      try {
        linkSync(draft, file)
        return () => removeRecord(run, supervisorRecord)
      } catch {
        const owner = readRecord(run, supervisorRecord)
        if (owner !== undefined && isAlive(owner)) throw alreadyRunning(plan, owner.pid)
        removeRecord(run, supervisorRecord)
      }
    }
    throw alreadyRunning(plan, undefined)
  } finally {
    rmSync(draft, { force: true })
  }
}

function alreadyRunning(plan: EstatePlan, pid: number | undefined): Problem {
  return new Problem(`estate '${plan.name}' is already running${pid === undefined ? '' : ` (process ${pid})`}`, {
    hint: `End it with Ctrl-C in its terminal or 'npm run -s sandbox -- --name ${plan.name} down', or start another: --name NAME.`,
    exit: exits.busy,
  })
}
