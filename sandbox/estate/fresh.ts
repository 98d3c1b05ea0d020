/** Empties an estate: everything that earlier starts kept goes, but not the record by which this one holds it. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { EstatePlan } from './name.ts'
import { pathsOf } from './paths.ts'

/** Call it only while nothing of the estate runs or is mounted. */
export function emptyEstate(plan: EstatePlan): void {
  if (!existsSync(plan.folder)) return
  const { run, estateStamp } = pathsOf(plan)
  // All but one, and not a list: what a part of the estate keeps tomorrow must not outlive the estate either.
  for (const name of readdirSync(plan.folder)) {
    const path = join(plan.folder, name)
    if (path !== run) rmSync(path, { recursive: true, force: true })
  }
  rmSync(estateStamp, { force: true })
}
