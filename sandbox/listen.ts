/** What a running estate does for other terminals (sandbox/cli.ts), each verb in one line of the supervisor's words. */
import { serveControl, type Verbs } from './estate/control.ts'
import { allHosts, type EstatePlan, type HostName, isHostName } from './estate/name.ts'
import type { EstatePaths } from './estate/paths.ts'
import { exits, Problem } from './estate/problem.ts'
import type { Services } from './estate/services.ts'
import type { Fleet } from './hosts/fleet.ts'
import { setLink } from './hosts/machine.ts'

/** The part of the supervisor that other terminals may work. */
export interface Rig {
  readonly plan: EstatePlan
  readonly paths: EstatePaths
  readonly services: Services
  readonly fleet: Fleet
  status(): Promise<unknown>
}

export async function listen(supervisor: Rig, stop: () => void): Promise<() => Promise<void>> {
  return await serveControl(supervisor.paths.controlSocket, verbsOf(supervisor, stop))
}

function verbsOf(supervisor: Rig, stop: () => void): Verbs {
  const { plan, services } = supervisor
  return {
    status: async () => await supervisor.status(),
    power: async ([name, state]) => {
      const host = hostOf(name)
      if (either(state, 'on', 'off') === 'on') return await supervisor.fleet.switchOn(host)
      await supervisor.fleet.switchOff(host)
      return 'off'
    },
    link: async ([name, state]) => {
      await setLink(plan, plan.hosts[hostOf(name)], either(state, 'up', 'down'))
    },
    kill: async ([name]) => await services.kill(name ?? ''),
    start: async ([name]) => await services.start(name ?? ''),
    down: async () => stop(),
  }
}

function hostOf(name: string | undefined): HostName {
  if (name !== undefined && isHostName(name)) return name
  throw new Problem(`there is no host '${name ?? ''}'`, {
    hint: `There are: ${allHosts.join(', ')}.`,
    exit: exits.usage,
  })
}

function either<A extends string, B extends string>(word: string | undefined, one: A, other: B): A | B {
  if (word === one || word === other) return word as A | B
  throw new Problem(`say ${one} or ${other}, not '${word ?? ''}'`, { exit: exits.usage })
}
