/** A folder for one test, gone afterwards. Under /var/tmp, because /tmp may be memory. */
import { mkdtemp, rm } from 'node:fs/promises'
import type { TestContext } from 'node:test'

export async function temporaryFolder(context: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp('/var/tmp/ops-test-')
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
