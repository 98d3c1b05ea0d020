/** Rolls back the last deploy of this host, whichever kind it was: a configuration or a version of the agent. One that was undone is none. */
import { OpsError } from '../../domain/failures.ts'
import type { LastDeploy } from '../../domain/fixes/last-deploy.ts'
import { allowOnly } from '../../domain/incident/parameters.ts'
import { type RollbackConfigurationPorts, rollbackConfiguration } from './rollback-configuration.ts'
import { type RollbackVersionPorts, rollbackVersion } from './rollback-version.ts'
import type { PlannedOrder, Workaround } from './workaround.ts'

export interface RollbackPorts extends RollbackConfigurationPorts, RollbackVersionPorts {
  readonly readLastDeploy: (unit: string) => Promise<LastDeploy | null>
}

export function createRollback(ports: RollbackPorts): Workaround {
  const [configuration, version] = [rollbackConfiguration(ports), rollbackVersion(ports)]
  const of = ({ plan }: PlannedOrder) => (Object.hasOwn(plan.parameters, 'release') ? version : configuration)
  return {
    async plan(order, signal) {
      allowOnly('rollback', order.request.parameters, {})
      const last = await ports.readLastDeploy(order.service.unit)
      if (last === null) throw nothingDeployed(order.request.host)
      return last.kind === 'version' ? await version.plan(order, last, signal) : await configuration.plan(order, signal)
    },
    apply: async order => await of(order).apply(order),
    look: async (order, signal) => await of(order).look(order, signal),
    revert: async order => await of(order).revert(order),
  }
}

function nothingDeployed(host: string): OpsError {
  const hint = 'Nothing was deployed there, or it was undone already. `ops ledger list` shows what we did.'
  return new OpsError({ owner: 'operator', message: `there is no deploy on ${host} that could be rolled back`, hint })
}
