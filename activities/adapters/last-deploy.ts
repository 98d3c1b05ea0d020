/** The last deploy on this host that can be rolled back. What was taken back or rolled back leaves nothing of the kind. */
import { lstat } from 'node:fs/promises'
import type { LastDeploy } from '../../domain/fixes/last-deploy.ts'
import type { Releases } from './releases.ts'
import { previousOf } from './swap-files.ts'

export async function readLastDeploy(
  configuration: string,
  releases: Pick<Releases, 'deployed'>,
  unit: string,
): Promise<LastDeploy | null> {
  const [keptAt, version] = [await changedAt(previousOf(configuration)), await releases.deployed(unit)]
  if (keptAt === null || (version !== null && version.at > keptAt)) return version && { kind: 'version', ...version }
  return { kind: 'configuration', at: keptAt, path: configuration }
}

/** Its inode changes as it becomes the previous version; what it says of itself is older. */
async function changedAt(path: string): Promise<number | null> {
  return await lstat(path).then(
    ({ ctimeMs }) => ctimeMs,
    () => null,
  )
}
