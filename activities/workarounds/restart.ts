/** Restart of the service's unit, and of no other. A change that needs one uses the same marks to tell that it took place. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import { allowOnly, planned } from '../../domain/incident/parameters.ts'
import { type RunNow, readMark, restartedSince, writeMark } from '../../domain/incident/unit-runs.ts'
import type { UnitRun } from '../adapters/systemd.run.ts'
import type { Effect, PlannedOrder, Workaround } from './workaround.ts'

export interface RestartPorts {
  readonly readUnitRun: (unit: string, options: { readonly signal?: AbortSignal }) => Promise<UnitRun>
  readonly readBootId: () => Promise<string>
  readonly restartUnit: (unit: string) => Promise<void>
}

/** A unit that systemd is at work on is given this long before its state is called unknown. */
const SETTLE_MS = 30_000
const BETWEEN_LOOKS_MS = 500

export function createRestart(ports: RestartPorts): Workaround {
  return {
    async plan({ service: { unit }, request }, signal) {
      allowOnly('restart', request.parameters, { unit })
      refuseOther(unit, request.parameters.unit ?? unit)
      const run = await readRun(ports, unit, signal)
      return {
        title: `restart ${unit} on ${request.host}`,
        steps: [
          // Nothing of the present state: it changes while people decide, and would void what they approved.
          `systemctl restart ${unit}, and reset-failed before it when systemd has given up`,
          'ask it for a handshake',
        ],
        undo: null,
        impact: 'All its connections and running turns end; clients have to connect again.',
        parameters: { unit },
        before: { ...writeMark(run), activeState: run.activeState },
      }
    },

    /** A first try that got through is recognised by the unit's marks, so that there is no second restart. */
    async apply(order) {
      const { unit } = order.service
      refuseOther(unit, planned(order.plan.parameters, 'unit'))
      return await restartOnce(ports, order)
    },

    async look(order, signal) {
      return await lookAtRestart(ports, order, signal)
    },

    async revert({ service: { unit } }) {
      return `a restart of ${unit} leaves nothing to take back`
    },
  }
}

/** Restarts the unit unless it was restarted since the plan was made. */
export async function restartOnce(ports: RestartPorts, { service: { unit }, plan }: PlannedOrder): Promise<string> {
  const { state } = restartedSince(readMark(plan.before), await readRun(ports, unit))
  if (state === 'done') return `${unit} was already restarted since the plan was made`
  await ports.restartUnit(unit)
  const run = await readRun(ports, unit)
  return `${unit} was restarted and is ${run.activeState} (${run.subState})`
}

/** Waits a while for systemd to come to an end with it. */
export async function lookAtRestart(
  ports: RestartPorts,
  { service: { unit }, plan }: PlannedOrder,
  signal: AbortSignal,
): Promise<Effect> {
  const end = performance.now() + SETTLE_MS
  for (;;) {
    const run = await readRun(ports, unit, signal)
    if (!run.isBusy || performance.now() > end) return restartedSince(readMark(plan.before), run)
    await sleep(BETWEEN_LOOKS_MS, undefined, { signal })
  }
}

/** Throws OpsError when there is no such unit, or none that could be started. */
export async function readRun(ports: RestartPorts, unit: Service['unit'], signal?: AbortSignal) {
  const [run, boot] = await Promise.all([
    ports.readUnitRun(unit, signal === undefined ? {} : { signal }),
    ports.readBootId(),
  ])
  if (run.loadState === 'loaded') return { ...run, boot } satisfies RunNow
  const hint = `Correct service.unit in the estate file, or see "systemctl status ${unit}" on the host.`
  throw new OpsError({ owner: 'configuration', message: `the unit ${unit} is ${run.loadState}`, hint })
}

function refuseOther(unit: string, asked: string): void {
  if (asked === unit) return
  const message = `${JSON.stringify(asked.slice(0, 60))} is not the service of the estate`
  throw new OpsError({ owner: 'operator', message, hint: `Only ${unit} can be restarted; leave the parameter out.` })
}
