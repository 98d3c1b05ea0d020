/** The workflow bundle: built once for a set of sources and kept, because building takes seconds and workers restart often. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BundleOptions, bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Sources beside this file: TypeScript in the repository, JavaScript in `dist`. */
const EXTENSION = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'

export async function workflowBundle(): Promise<WorkflowBundleOption> {
  const kept = join(cacheFolder(), `workflows-${sourceDigest()}.js`)
  if (existsSync(kept)) return { codePath: kept }
  const { code } = await bundleWorkflowCode(bundleOptions(join(ROOT, 'workflows', `index.${EXTENSION}`)))
  try {
    mkdirSync(dirname(kept), { recursive: true })
    // Renamed when complete: another worker that starts meanwhile never reads half a bundle.
    writeFileSync(`${kept}.${process.pid}`, code)
    renameSync(`${kept}.${process.pid}`, kept)
    return { codePath: kept }
  } catch {
    // An installation that may not write beside itself builds the bundle at every start.
    return { code }
  }
}

/** How workflows of ours are bundled, those of tests and benchmarks too; `workflowsPath` is the file that exports them. */
export function bundleOptions(workflowsPath: string): BundleOptions {
  const guard = join(ROOT, 'workflows', `known-time.${EXTENSION}`)
  return {
    workflowsPath,
    workflowInterceptorModules: [guard],
    // Evaluated once for all runs of a worker, which is most of what a run costs: no module of them holds state (decision 0011).
    preloadModules: [workflowsPath, guard],
  }
}

function cacheFolder(): string {
  return join(EXTENSION === 'ts' ? ROOT : dirname(ROOT), 'node_modules', '.cache', 'opencode-acp-ops')
}

function sourceDigest(): string {
  // How it is built belongs to it, too.
  const digest = createHash('sha256').update(readFileSync(import.meta.filename))
  for (const file of globSync([`workflows/**/*.${EXTENSION}`, `domain/**/*.${EXTENSION}`], { cwd: ROOT }).toSorted()) {
    digest.update(`${file}\n`).update(readFileSync(join(ROOT, file)))
  }
  const sdk = readFileSync(fileURLToPath(import.meta.resolve('@temporalio/worker/package.json')))
  return digest.update(sdk).digest('hex').slice(0, 16)
}
