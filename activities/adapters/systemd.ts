/** systemd's own words about units, from `systemctl show` and `list-units`; its human output and exit codes prove nothing (T03). */
import { existsSync } from 'node:fs'
import type { ServiceFacts } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import { run, type ShellOptions, type ShellResult } from './shell.ts'
import { failedUnitList } from './systemd.schema.ts'

const PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'NRestarts',
  'MainPID',
  'ExecMainStatus',
  'StateChangeTimestampMonotonic',
].join(',')

/** State of a unit. A unit that does not exist is a state too: LoadState says `not-found`. */
export async function readService(unit: string, options: ShellOptions = {}): Promise<ServiceFacts> {
  const properties = await showUnit(unit, PROPERTIES, options)
  return serviceFacts(properties, Number(process.hrtime.bigint() / 1_000n))
}

/** Properties of a unit by name; those that systemd does not know are left out. */
export async function showUnit(
  unit: string,
  properties: string,
  options: ShellOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const shown = await systemctl(['show', `--property=${properties}`, '--', unitName(unit)], options)
  return keyValues(shown.stdout)
}

/** The estate names units without `.service`. */
export function unitName(unit: string): string {
  return unit.includes('.') ? unit : `${unit}.service`
}

/** Names of all units in state `failed`. */
export async function listFailedUnits(options: ShellOptions = {}): Promise<readonly string[]> {
  const listed = await systemctl(['list-units', '--state=failed', '--output=json', '--no-pager'], options)
  return failedUnits(listed.stdout)
}

/** True when this host was booted with systemd, as sd_booted(3) decides it. */
export function isSystemdRunning(): boolean {
  return existsSync('/run/systemd/system')
}

/** Text as `systemctl show` prints it; a value may hold `=`. */
export function keyValues(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
    const equals = line.indexOf('=')
    return equals < 1 ? [] : [[line.slice(0, equals), line.slice(equals + 1)]]
  })
  return new Map(pairs)
}

/** `nowMicroseconds` is on the clock of systemd's monotonic time stamps. */
export function serviceFacts(properties: ReadonlyMap<string, string>, nowMicroseconds: number): ServiceFacts {
  const loadState = properties.get('LoadState') ?? ''
  const activeState = properties.get('ActiveState') ?? ''
  if (loadState === '' || activeState === '') {
    const hint = 'Run "systemctl show" for the unit by hand and report its output.'
    throw new OpsError({ owner: 'tool', message: 'systemctl show named no state', hint })
  }
  const changed = wholeNumber(properties.get('StateChangeTimestampMonotonic'))
  return {
    loadState,
    activeState,
    subState: properties.get('SubState') ?? '',
    result: properties.get('Result') ?? '',
    restarts: wholeNumber(properties.get('NRestarts')),
    mainPid: wholeNumber(properties.get('MainPID')),
    exitStatus: wholeNumber(properties.get('ExecMainStatus')),
    // 0 means that the unit never changed its state.
    stateSeconds: changed === 0 ? null : Math.max(0, (nowMicroseconds - changed) / 1e6),
  }
}

export function failedUnits(text: string): readonly string[] {
  try {
    return failedUnitList.parse(JSON.parse(text)).map(({ unit }) => unit)
  } catch (cause) {
    const hint = 'systemd 246 or later prints JSON; run "systemctl list-units --state=failed -o json" by hand.'
    throw new OpsError({ owner: 'tool', message: 'the list of failed units was not understood', hint }, { cause })
  }
}

/** Throws OpsError when systemctl fails, with what it said. */
export async function systemctl(args: readonly string[], options: ShellOptions): Promise<ShellResult> {
  if (!isSystemdRunning()) {
    const hint = 'Run the host worker inside the system whose units it watches.'
    throw new OpsError({ owner: 'configuration', message: 'this host was not booted with systemd', hint })
  }
  const result = await run('systemctl', args, options)
  if (result.ending === 'exited' && result.exitCode === 0) return result
  const said = result.ending === 'deadline' ? 'no answer in time' : result.stderr.trim().slice(0, 200)
  const hint = 'Run "systemctl is-system-running": systemd itself may be stuck or still starting.'
  throw new OpsError({ owner: 'host', message: `systemctl ${args[0]} failed: ${said}`, hint })
}

function wholeNumber(text: string | undefined): number {
  return /^\d+$/.test(text ?? '') ? Number(text) : 0
}
