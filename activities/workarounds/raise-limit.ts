/** Raises the limit of open sessions by a drop-in of the unit and a restart. The running process tells whether it counts. */
import { setTimeout as sleep } from 'node:timers/promises'
import { OpsError } from '../../domain/failures.ts'
import { allowOnly, type Parameters, planned, wholeNumber } from '../../domain/incident/parameters.ts'
import { type RestartPorts, readRun } from './restart.ts'
import type { PlannedOrder, Workaround } from './workaround.ts'

export interface RaiseLimitPorts extends RestartPorts {
  /** Of the running process; null when it names none and goes by its default. */
  readonly readRunningLimit: (pid: number) => Promise<number | null>
  /** What our drop-in says; null when there is none. */
  readonly readLimit: (unit: string) => Promise<number | null>
  readonly writeLimit: (unit: string, limit: number) => Promise<void>
  readonly removeLimit: (unit: string) => Promise<void>
  readonly reloadUnits: () => Promise<void>
  readonly limitFiles: (unit: string) => { readonly dropIn: string; readonly variables: string }
}

const SETTLE_MS = 5_000
const BETWEEN_LOOKS_MS = 200

const MOST_SESSIONS = 10_000
/** In `before`: there was no drop-in, or the process named no limit. */
const NONE = 'none'

export function createRaiseLimit(ports: RaiseLimitPorts): Workaround {
  return {
    async plan({ service: { unit, sessionsLimit }, request }, signal) {
      allowOnly('raise-limit', request.parameters, { sessions: 'the new limit, twice the present one unless told' })
      const run = await readRun(ports, unit, signal)
      const running = run.mainPid === 0 ? null : await ports.readRunningLimit(run.mainPid)
      const override = await ports.readLimit(unit)
      // A process that names no limit goes by its default, which the estate knows.
      const present = running ?? override ?? sessionsLimit
      const sessions = newLimit(request.parameters, present)
      const { dropIn, variables } = ports.limitFiles(unit)
      const back = override === null ? 'remove both files' : `write ${override} into ${variables} again`
      return {
        title: `raise the session limit of ${unit} on ${request.host} from ${present ?? 'its default'} to ${sessions}`,
        steps: [
          `write ${variables}: GATEWAY_SESSIONS_LIMIT=${sessions}`,
          `write ${dropIn}, which names that file`,
          'systemctl daemon-reload',
          `systemctl restart ${unit}`,
          'see the new limit in the environment of the new process',
        ],
        undo: `${back}, systemctl daemon-reload, systemctl restart ${unit}`,
        impact:
          'All its connections and running turns end once; more sessions need more memory. The limit in the estate file stays.',
        parameters: { sessions: String(sessions) },
        before: {
          sessions: running === null ? NONE : String(running),
          override: override === null ? NONE : String(override),
        },
      }
    },

    /** Safe to repeat: when the running process has the limit, nothing is done. */
    async apply(order) {
      const limit = plannedLimit(order)
      const { unit } = order.service
      if ((await inForce(ports, unit)) === limit && (await ports.readLimit(unit)) === limit) {
        return `${unit} already runs with a limit of ${limit} sessions`
      }
      await ports.writeLimit(unit, limit)
      await ports.reloadUnits()
      await ports.restartUnit(unit)
      return `${unit} was restarted with a limit of ${limit} sessions`
    },

    async look(order, signal) {
      const limit = plannedLimit(order)
      const { unit } = order.service
      const override = await ports.readLimit(unit)
      const running = override === limit ? await settled(ports, unit, limit, signal) : await inForce(ports, unit)
      const summary = `the running process has a limit of ${running ?? 'its default'}, the drop-in says ${override ?? 'nothing'}`
      return { state: running === limit && override === limit ? 'done' : 'not-done', summary }
    },

    /** Safe to repeat: a process that has the old limit again is not restarted. */
    async revert(order) {
      const { unit } = order.service
      const override = numberOrNull(planned(order.plan.before, 'override'))
      const before = numberOrNull(planned(order.plan.before, 'sessions'))
      if ((await ports.readLimit(unit)) === override && (await inForce(ports, unit)) === before) {
        return `the limit of ${unit} is already as before (${before ?? 'its default'})`
      }
      if (override === null) await ports.removeLimit(unit)
      else await ports.writeLimit(unit, override)
      await ports.reloadUnits()
      await ports.restartUnit(unit)
      return `${unit} was restarted with its limit of before (${before ?? 'its default'})`
    },
  }
}

async function inForce(ports: RaiseLimitPorts, unit: string): Promise<number | null> {
  const { mainPid } = await readRun(ports, unit)
  return mainPid === 0 ? null : await ports.readRunningLimit(mainPid)
}

/** systemd calls a unit started before its process has become the service; until then the environment is systemd's own. */
async function settled(
  ports: RaiseLimitPorts,
  unit: string,
  limit: number,
  signal: AbortSignal,
): Promise<number | null> {
  const end = performance.now() + SETTLE_MS
  for (;;) {
    const running = await inForce(ports, unit)
    if (running === limit || performance.now() > end) return running
    await sleep(BETWEEN_LOOKS_MS, undefined, { signal })
  }
}

function newLimit({ sessions }: Parameters, present: number | null): number {
  if (sessions === undefined) {
    if (present !== null) return Math.min(MOST_SESSIONS, present * 2)
    const hint = 'Name the new limit: sessions=100.'
    throw new OpsError({ owner: 'operator', message: 'nobody knows the present limit of sessions', hint })
  }
  return wholeNumber('sessions', sessions, { min: (present ?? 0) + 1, max: MOST_SESSIONS })
}

function plannedLimit({ plan }: PlannedOrder): number {
  allowOnly('raise-limit', plan.parameters, { sessions: 'the new limit' })
  return wholeNumber('sessions', planned(plan.parameters, 'sessions'), { min: 1, max: MOST_SESSIONS })
}

function numberOrNull(text: string): number | null {
  return text === NONE ? null : Number(text)
}
