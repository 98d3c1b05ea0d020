/** Real Prometheus and Alertmanager on a loopback address of their own, for tests of what speaks to them. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startChild } from '../../sandbox/estate/processes.ts'

export interface Monitor {
  readonly url: string
  stop(): Promise<void>
}

async function start(
  folder: string,
  name: string,
  command: string,
  listen: string,
  args: readonly string[],
): Promise<Monitor> {
  const child = await startChild(
    { run: join(folder, 'run'), logs: folder },
    {
      name,
      // A test that is killed cannot stop it, so it ends with its parent.
      command: 'setpriv',
      args: ['--pdeathsig', 'KILL', '--', command, `--web.listen-address=${listen}`, ...args],
      cwd: folder,
    },
  )
  const url = `http://${listen}`
  for (let tries = 0; ; tries += 1) {
    const isUp = await fetch(`${url}/-/ready`).then(
      response => response.ok,
      () => false,
    )
    if (isUp) return { url, stop: () => child.stop(10_000) }
    if (tries > 300) throw new Error(`${name} did not start, see ${child.log}`)
    await pause(100)
  }
}

export const startAlertmanager = (folder: string, listen: string, config: string) =>
  start(folder, 'alertmanager', 'prometheus-alertmanager', listen, [
    `--config.file=${config}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    '--cluster.listen-address=',
  ])

export const startPrometheus = (folder: string, listen: string, config: string) =>
  start(folder, 'prometheus', 'prometheus', listen, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    '--web.enable-lifecycle',
  ])
