/** Real Prometheus, Alertmanager and blackbox exporter of Debian on the estate's address; node exporters run in the hosts. */
import { join } from 'node:path'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf, ports } from '../estate/paths.ts'
import type { ChildSpec } from '../estate/processes.ts'
import { answersAt, type Services } from '../estate/services.ts'
import { monitoringFiles } from './files.ts'

/** In the order in which they are started; ended the other way round. */
const NAMES = ['blackbox-exporter', 'alertmanager', 'prometheus'] as const

/** Comes after the alert door: the first alert, the watchdog, is on its way at once. */
export async function startMonitoring(plan: EstatePlan, services: Services, signal?: AbortSignal): Promise<void> {
  monitoringFiles(plan)
  for (const { spec, health } of monitors(plan)) {
    await services.add({ spec, stopWithinMs: 10_000, ready: answersAt(health) }, signal)
  }
}

export async function stopMonitoring(services: Services): Promise<void> {
  for (const name of NAMES.toReversed()) await services.stop(name)
}

function monitors(plan: EstatePlan): readonly { readonly spec: ChildSpec; readonly health: string }[] {
  const { monitoring: folder } = pathsOf(plan)
  const of = (name: (typeof NAMES)[number], command: string, port: number, args: readonly string[]) => {
    const listen = `${plan.address}:${port}`
    const spec = { name, command, args: [`--web.listen-address=${listen}`, ...args], cwd: folder }
    return { spec, health: `http://${listen}/-/healthy` }
  }
  return [
    of('blackbox-exporter', 'prometheus-blackbox-exporter', ports.blackbox, [
      `--config.file=${join(folder, 'blackbox.yml')}`,
    ]),
    of('alertmanager', 'prometheus-alertmanager', ports.alertmanager, [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      // One alone: no gossip, and no port on every address for it.
      '--cluster.listen-address=',
    ]),
    of('prometheus', 'prometheus', ports.prometheus, [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      '--storage.tsdb.retention.time=45d',
      // The first alert comes before Alertmanager is known; it is sent again after this time and not after a minute.
      '--rules.alert.resend-delay=10s',
      // Updates of the rules are taken in by POST /-/reload (S54).
      '--web.enable-lifecycle',
    ]),
  ]
}
