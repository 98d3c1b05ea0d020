/** Empties an estate: everything that earlier starts kept goes, but not the record by which this one holds it. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { EstatePlan } from './name.ts'
import { pathsOf } from './paths.ts'

/** Call it only while nothing of the estate runs or is mounted. */
export function emptyEstate(plan: EstatePlan): void {
  const paths = pathsOf(plan)
  const folders = [paths.logs, paths.secrets, paths.artefacts, paths.reports, paths.postgres, paths.temporal]
  const files = [paths.estateFile, paths.estateStamp, paths.environment]
  for (const path of [...folders, ...files, join(plan.folder, 'hosts')]) rmSync(path, { recursive: true, force: true })
}
