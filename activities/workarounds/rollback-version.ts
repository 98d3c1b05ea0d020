/** Rolls a deployed version of the agent back: the service's unit starts what it started before. */
import type { DeployedVersion } from '../../domain/fixes/last-deploy.ts'
import { planned } from '../../domain/incident/parameters.ts'
import { readMark, restartedSince, writeMark } from '../../domain/incident/unit-runs.ts'
import type { Releases } from '../adapters/releases.ts'
import type { ChangeOrder } from '../response-hands.ts'
import { lookAtRestart, type RestartPorts, readRun, restartOnce } from './restart.ts'
import type { Workaround } from './workaround.ts'

export interface RollbackVersionPorts extends RestartPorts {
  readonly releases: Pick<Releases, 'current' | 'choose' | 'deployed'>
  readonly reloadUnits: () => Promise<void>
}

/** In a plan: the unit starts what its own file names. */
const OWN = 'none'

export interface RollbackVersion extends Omit<Workaround, 'plan'> {
  readonly plan: (order: ChangeOrder, deployed: DeployedVersion, signal: AbortSignal) => ReturnType<Workaround['plan']>
}

export function rollbackVersion(ports: RollbackVersionPorts): RollbackVersion {
  const { releases } = ports
  return {
    async plan({ service: { unit }, request }, { release, before }, signal) {
      const back = wordsOf(before)
      return {
        title: `roll back the last deploy on ${request.host}: ${unit} starts ${back} instead of opencode-ai ${release}`,
        steps: [
          `let ${unit} start ${back} (now opencode-ai ${release})`,
          'systemctl daemon-reload',
          // Nothing of the unit's present state: it changes while people decide, and would void what they approved.
          `systemctl restart ${unit}`,
        ],
        undo: `let ${unit} start opencode-ai ${release} again, systemctl restart ${unit}`,
        impact: 'All its connections and running turns end; clients have to connect again. The configuration stays.',
        parameters: { release: before ?? OWN },
        before: { ...writeMark(await readRun(ports, unit, signal)), release },
      }
    },

    /** Each step recognises what it has done; the restart goes by the unit's marks. */
    async apply(order) {
      const { unit } = order.service
      const wanted = nameOf(planned(order.plan.parameters, 'release'))
      await releases.choose(unit, wanted)
      await ports.reloadUnits()
      return `${unit} starts ${wordsOf(wanted)} again; ${await restartOnce(ports, order)}`
    },

    async look(order, signal) {
      const wanted = nameOf(planned(order.plan.parameters, 'release'))
      const current = await releases.current(order.service.unit)
      if (current !== wanted) return { state: 'not-done', summary: `the unit starts ${wordsOf(current)}` }
      const { state, summary } = await lookAtRestart(ports, order, signal)
      return { state, summary: `the unit starts ${wordsOf(wanted)}; ${summary}` }
    },

    /** Recognises what was never rolled back. After that a restart more is no harm, one too few is. */
    async revert(order) {
      const { unit } = order.service
      const before = planned(order.plan.before, 'release')
      const isAsBefore = (await releases.current(unit)) === before
      const { state } = restartedSince(readMark(order.plan.before), await readRun(ports, unit))
      await releases.choose(unit, before, nameOf(planned(order.plan.parameters, 'release')))
      await ports.reloadUnits()
      if (isAsBefore && state === 'not-done') return `${unit} runs opencode-ai ${before}, as before`
      await ports.restartUnit(unit)
      return `${unit} was restarted with opencode-ai ${before}, as before`
    },
  }
}

function nameOf(release: string): string | null {
  return release === OWN ? null : release
}

function wordsOf(release: string | null): string {
  return release === null ? 'what its own unit file names' : `opencode-ai ${release}`
}
