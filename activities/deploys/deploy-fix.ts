/** Deploys exactly the registered bytes (S50): fetched by digest, planned, drained, installed, restarted; and all of it back. */
import { OpsError } from '../../domain/failures.ts'
import { allowOnly, planned } from '../../domain/incident/parameters.ts'
import type { ChangeOrder } from '../response-hands.ts'
import type { PlannedOrder, Workaround } from '../workarounds/workaround.ts'
import { type DeployConfigurationPorts, deployConfiguration } from './deploy-configuration.ts'
import { type DeployVersionPorts, deployVersion } from './deploy-version.ts'

export interface DeployFixPorts extends DeployConfigurationPorts, DeployVersionPorts {}

/** What the procedure asks for; a plan adds what it found. */
const PARAMETERS = {
  sha256: 'digest of the fix',
  kind: 'configuration or version',
  version: 'of the agent',
} as const

export function createDeployFix(ports: DeployFixPorts): Workaround {
  const kinds: Readonly<Record<string, Workaround>> = {
    configuration: deployConfiguration(ports),
    version: deployVersion(ports),
  }
  const find = ({ request: { parameters } }: ChangeOrder): Workaround => {
    allowOnly('deploy-fix', parameters, PARAMETERS)
    const found = kinds[planned(parameters, 'kind')]
    if (found !== undefined) return found
    const hint = 'Run the same release on hosts and control plane.'
    throw new OpsError({ owner: 'configuration', message: 'this host knows no such kind of fix', hint })
  }
  return {
    plan: async (order, signal) => await find(order).plan(order, signal),
    apply: async (order: PlannedOrder) => await find(order).apply(order),
    look: async (order, signal) => await find(order).look(order, signal),
    revert: async order => await find(order).revert(order),
  }
}
