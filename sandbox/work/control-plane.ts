/** The work on the estate: ledger tables, control-plane worker, schedules, the note that its hosts were started by us. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type EstatePlan, hostNames } from '../estate/name.ts'
import { pathsOf, ports } from '../estate/paths.ts'
import { childReady } from '../estate/processes.ts'
import type { Services } from '../estate/services.ts'
import { RULES_FILE } from '../monitoring/files.ts'
import type { TemporalEndpoint } from '../temporal/endpoint.ts'
import { controlPlaneEnvironment, type Environment } from './environment.ts'
import { nodeOf, opsDone } from './ops.ts'
import { responseEnvironment } from './response.ts'

export async function migrateLedger(plan: EstatePlan, environment: Environment, signal?: AbortSignal): Promise<void> {
  await opsDone(plan, environment, ['ledger', 'migrate'], signal)
}

export async function startWorkers(
  plan: EstatePlan,
  temporal: TemporalEndpoint,
  services: Services,
  signal?: AbortSignal,
): Promise<void> {
  mkdirSync(pathsOf(plan).artefacts, { recursive: true, mode: 0o700 })
  const health = `http://${plan.address}:${ports.control}/healthz`
  const spec = {
    name: 'control-plane',
    command: nodeOf(plan),
    // workers/sizes.ts says why.
    args: ['--max-semi-space-size=2', join(plan.checkout, 'workers/control-plane.ts')],
    cwd: plan.checkout,
    env: controlPlaneEnvironment(plan, temporal, {
      ...responseEnvironment(plan),
      OPS_PROMETHEUS_RULES: join(pathsOf(plan).monitoring, RULES_FILE),
    }),
  }
  const ready = async () => (await fetch(health, { signal: AbortSignal.timeout(2000) })).status === 200
  await services.add(
    {
      spec,
      stopWithinMs: 45_000,
      ready: async (child, abort) => {
        await childReady(child, ready, 60_000, abort)
      },
    },
    signal,
  )
}

export async function syncSchedules(plan: EstatePlan, environment: Environment, signal?: AbortSignal): Promise<void> {
  await opsDone(plan, environment, ['schedules', 'sync'], signal)
}

/** A restart that we made ourselves is no warning in the health check. */
export async function notePlannedRestarts(
  plan: EstatePlan,
  environment: Environment,
  signal?: AbortSignal,
): Promise<void> {
  const note = ['ledger', 'note', 'planned-restart', '--reason', 'estate started', '--target']
  await Promise.all(hostNames.map(async host => await opsDone(plan, environment, [...note, host], signal)))
}
