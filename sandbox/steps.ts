/** The steps of a start, in their order and side by side where they do not need each other, with progress. */
import { Listr, type ListrTask } from 'listr2'
import { hostNames } from './estate/name.ts'
import { startMonitoring } from './monitoring/start.ts'
import type { Supervisor } from './supervisor.ts'
import { migrateLedger, notePlannedRestarts, startWorkers, syncSchedules } from './work/control-plane.ts'
import { operatorEnvironment, publishEnvironment } from './work/environment.ts'
import { type FirstCheck, firstCheck } from './work/first-check.ts'
import { startChat, startIngress, startMail } from './work/response.ts'

type Say = (line: string) => void

export interface Start {
  /** Settles when the estate is up and, unless it is bare, checked. */
  run(): Promise<FirstCheck | undefined>
  /** Settles when nothing of the start is under way any more, whatever came of it. */
  settled(): Promise<void>
}

export function planStart(supervisor: Supervisor, abort: AbortController, bare: boolean): Start {
  const { signal } = abort
  const underWay: Promise<unknown>[] = []
  /** A step that fails ends the steps beside it too, and none begins after the end was asked for. */
  const step = (title: string, work: (say: Say, retitle: Say) => Promise<unknown>): ListrTask => ({
    title,
    task: async (_, task) => {
      signal.throwIfAborted()
      const say: Say = line => {
        task.output = line
      }
      const retitle: Say = text => {
        task.title = text
      }
      const working = work(say, retitle)
      underWay.push(working)
      try {
        await working
      } catch (error) {
        abort.abort(error)
        throw error
      }
    },
  })
  const { plan } = supervisor
  const environment = () => operatorEnvironment(plan, supervisor.temporal.endpoint)
  let checked: FirstCheck | undefined

  const people = [
    step('stand-in for Slack', async () => await startChat(plan, supervisor.services, signal)),
    step('mail server', async () => await startMail(plan, supervisor.services, signal)),
  ]
  const servers = [
    step('PostgreSQL', async () => await supervisor.postgres(signal)),
    step('Temporal server and UI', async () => await supervisor.startTemporal(signal)),
  ]
  const work = [
    step('ledger', async () => await migrateLedger(plan, environment(), signal)),
    step('schedules', async () => await syncSchedules(plan, environment(), signal)),
  ]
  const hosts = [
    step('boot', async () => {
      await Promise.all(hostNames.map(async name => await supervisor.bootHost(name, signal)))
    }),
    step('PostgreSQL pair', async () => await supervisor.pairHosts(signal)),
  ]
  const answers = [
    step('services of the hosts', async (_, retitle) => {
      const silent = await supervisor.servicesAnswer(signal)
      if (silent.length > 0) retitle(`services of the hosts: no answer from ${silent.join(', ')}`)
    }),
    step('planned restarts noted', async () => await notePlannedRestarts(plan, environment(), signal)),
  ]
  // A schedule makes up for what it missed as soon as a worker takes tasks: before this line such a check would judge half an estate.
  const minds = [
    step('control-plane worker', async () => {
      await startWorkers(plan, supervisor.temporal.endpoint, supervisor.services, signal)
    }),
    step('ingress of Slack and alerts', async () => {
      await startIngress(plan, supervisor.temporal.endpoint, supervisor.services, signal)
    }),
    step('Prometheus and Alertmanager', async () => await startMonitoring(plan, supervisor.services, signal)),
  ]
  const check = [
    step('morning health check', async () => {
      checked = await firstCheck(plan, environment(), signal)
    }),
  ]
  const group = (title: string, tasks: ListrTask[], concurrent = false): ListrTask => ({
    title,
    task: (_, task) => task.newListr(tasks, { concurrent }),
  })
  const tasks: ListrTask[] = [
    step(`estate '${plan.name}'`, async (_, retitle) => {
      const ended = await supervisor.claim()
      if (ended.length > 0) retitle(`estate '${plan.name}': ended what a killed run left (${ended.join(', ')})`)
    }),
    step('Temporal', async (say, retitle) => {
      const { found, endpoint } = await supervisor.locateTemporal(say)
      const kind = { given: `given, ${endpoint.address}`, command: 'temporal command', pinned: 'pinned server' }
      retitle(`Temporal: ${kind[found.kind]}`)
    }),
    step(`network ${plan.subnet}`, async () => {
      await supervisor.network()
      publishEnvironment(plan, environment())
    }),
    group(
      `estate on ${plan.address}`,
      [
        group(bare ? 'servers' : 'servers and work', bare ? servers : [...servers, ...work]),
        group('hosts alpha and beta', hosts),
      ],
      true,
    ),
    ...(bare
      ? []
      : [group('hosts ready for work', [...answers, ...people], true), group('control plane', minds, true), ...check]),
  ]
  const list = new Listr(tasks, {
    registerSignalListeners: false,
    fallbackRenderer: 'simple',
    rendererOptions: { collapseSubtasks: false },
  })
  return {
    async run() {
      await list.run()
      return checked
    },
    async settled() {
      await Promise.allSettled(underWay)
    },
  }
}
