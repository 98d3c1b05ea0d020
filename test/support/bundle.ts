/** Workflows that only tests have, bundled as the control plane bundles its own: with the guard of the time. */
import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker'

const bundles = new Map<string, Promise<WorkflowBundleOption>>()

/** `file` lies beside this one. Once for each process: bundling takes seconds. */
export function bundleOf(file: string): Promise<WorkflowBundleOption> {
  const bundle = bundles.get(file) ?? bundleWorkflowCode(optionsOf(file))
  bundles.set(file, bundle)
  return bundle
}

function optionsOf(file: string) {
  return {
    workflowsPath: join(import.meta.dirname, file),
    workflowInterceptorModules: [join(import.meta.dirname, '..', '..', 'workflows', 'known-time.ts')],
    logger: new DefaultLogger('ERROR'),
  }
}
