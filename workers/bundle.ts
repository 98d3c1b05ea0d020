/** The workflow bundle: built once for a set of sources and kept, because building takes seconds and workers restart often. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Sources beside this file: TypeScript in the repository, JavaScript in `dist`. */
const EXTENSION = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'

export async function workflowBundle(): Promise<WorkflowBundleOption> {
  const kept = join(cacheFolder(), `workflows-${sourceDigest()}.js`)
  if (existsSync(kept)) return { codePath: kept }
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', `index.${EXTENSION}`),
    workflowInterceptorModules: [join(ROOT, 'workflows', `known-time.${EXTENSION}`)],
  })
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
