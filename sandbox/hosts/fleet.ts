/** The hosts of an estate: switched on (disks, files, boot) and off, one or all. */
import { allHosts, type EstatePlan, type HostName } from '../estate/name.ts'
import { isAlive } from '../estate/proc.ts'
import { type DiskSizes, mountHost, unmountHost } from './disks.ts'
import { type HostSettings, prepareRoot } from './files.ts'
import { bootMachine, forgetMachine, isUp, linkState, type Machine, machineReady, powerOff } from './machine.ts'

export interface FleetOptions {
  readonly sizes: DiskSizes
  readonly settingsOf: (host: HostName) => HostSettings
  readonly lost: (host: HostName, reason: string) => void
}

export interface HostStatus {
  readonly name: HostName
  readonly address: string
  readonly state: 'up' | 'off'
  readonly link: 'up' | 'down' | null
}

export class Fleet {
  readonly #plan: EstatePlan
  readonly #options: FleetOptions
  readonly #machines = new Map<HostName, Machine>()
  readonly #leaving = new Set<HostName>()

  constructor(plan: EstatePlan, options: FleetOptions) {
    this.#plan = plan
    this.#options = options
  }

  /** Settles with systemd's own word, `running` or `degraded`. A host that is on stays on. */
  async switchOn(name: HostName, signal?: AbortSignal): Promise<string> {
    const running = this.#machines.get(name)
    if (running !== undefined && isAlive(running.child)) return await machineReady(this.#plan, running, signal)
    const host = this.#plan.hosts[name]
    // A host that lost its power left its disks mounted.
    forgetMachine(host)
    await unmountHost(host)
    await mountHost(host, this.#options.sizes)
    await prepareRoot(this.#plan, host, this.#options.settingsOf(name))
    signal?.throwIfAborted()
    const machine = await bootMachine(this.#plan, host, signal)
    this.#machines.set(name, machine)
    this.#leaving.delete(name)
    void machine.child.ended.then(reason => {
      if (!this.#leaving.has(name)) this.#options.lost(name, reason)
    })
    return await machineReady(this.#plan, machine, signal)
  }

  async switchOff(name: HostName): Promise<void> {
    const machine = this.#machines.get(name)
    this.#leaving.add(name)
    if (machine !== undefined) await powerOff(machine)
    this.#machines.delete(name)
    await unmountHost(this.#plan.hosts[name])
  }

  async switchAllOff(): Promise<void> {
    await Promise.all(allHosts.map(async name => await this.switchOff(name)))
  }

  async status(): Promise<readonly HostStatus[]> {
    return await Promise.all(
      allHosts.map(async name => {
        const host = this.#plan.hosts[name]
        const on = isUp(this.#plan, host)
        const link = on ? await linkState(this.#plan, host) : null
        return { name, address: host.address, state: on ? 'up' : 'off', link } as const
      }),
    )
  }
}
