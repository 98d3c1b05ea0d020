/** One run of a unit, from its start to its end, and the next one: told apart by systemd's own marks. */
import type { ShellOptions } from './shell.ts'
import { showUnit, systemctl, unitName } from './systemd.ts'

export interface UnitRun {
  /** `loaded`, `not-found`, `masked`, … */
  readonly loadState: string
  /** `active`, `failed`, … */
  readonly activeState: string
  readonly subState: string
  /** New with every start, automatic or not; empty when it never ran. */
  readonly invocation: string
  /** Automatic restarts since the last start by hand, which sets it to 0. */
  readonly restarts: number
  readonly mainPid: number
  /** Whether systemd still works on it: a job is queued. */
  readonly isBusy: boolean
}

/** Longer than a unit of ours may take to stop and to start. */
const RESTART_MS = 150_000

export async function readUnitRun(unit: string, options: ShellOptions = {}): Promise<UnitRun> {
  const names = 'LoadState,ActiveState,SubState,InvocationID,NRestarts,MainPID,Job'
  const properties = await showUnit(unit, names, options)
  const activeState = properties.get('ActiveState') ?? ''
  return {
    loadState: properties.get('LoadState') ?? '',
    activeState,
    subState: properties.get('SubState') ?? '',
    invocation: properties.get('InvocationID') ?? '',
    restarts: Number(properties.get('NRestarts') ?? 0),
    mainPid: Number(properties.get('MainPID') ?? 0),
    isBusy: Number(properties.get('Job') ?? 0) !== 0 || activeState === 'activating' || activeState === 'deactivating',
  }
}

/** Stops and starts it, also when systemd has given up starting it. Throws OpsError when it does not come up. */
export async function restartUnit(unit: string, options: ShellOptions = {}): Promise<void> {
  const patient = { deadlineMs: RESTART_MS, ...options }
  // After too many crashes systemd refuses every start until the count is set back; a unit that never failed ignores it.
  await systemctl(['reset-failed', '--', unitName(unit)], patient).catch(() => {})
  await systemctl(['restart', '--', unitName(unit)], patient)
}

/** Lets systemd read its unit files again. */
export async function reloadUnits(options: ShellOptions = {}): Promise<void> {
  await systemctl(['daemon-reload'], { deadlineMs: 30_000, ...options })
}
