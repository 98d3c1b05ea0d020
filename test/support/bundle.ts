/** Workflows that only tests and benchmarks have, bundled as the control plane bundles its own. */
import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker'
import { bundleOptions } from '../../workers/bundle.ts'

const bundles = new Map<string, Promise<WorkflowBundleOption>>()

/** `file` is a path below `test/`. Once for each process: bundling takes seconds. */
export function bundleOf(file: string): Promise<WorkflowBundleOption> {
  const bundle = bundles.get(file) ?? build(file)
  bundles.set(file, bundle)
  return bundle
}

function build(file: string): Promise<WorkflowBundleOption> {
  const options = bundleOptions(join(import.meta.dirname, '..', file))
  return bundleWorkflowCode({ ...options, logger: new DefaultLogger('ERROR') })
}
