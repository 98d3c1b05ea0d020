/**
 * What an estate is called on this machine. Its name and the path of the checkout decide everything that two estates
 * could fight over (machines, bridge, subnet, folders), so several run side by side and a killed one is found again.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { exits, Problem } from './problem.ts'

/** Booted with the estate. */
export const hostNames = ['alpha', 'beta'] as const
/** Booted on demand, to test fixes on. */
export const stagingHosts = ['gamma'] as const
export const allHosts = [...hostNames, ...stagingHosts] as const
export type HostName = (typeof allHosts)[number]

export interface HostPlan {
  readonly name: HostName
  /** Short, because the kernel cuts the name of the veth that is made from it. */
  readonly machine: string
  readonly address: string
  readonly folder: string
}

export interface EstatePlan {
  readonly name: string
  readonly id: string
  readonly checkout: string
  readonly bridge: string
  readonly subnet: string
  /** The machine's own address on the bridge: every server of the estate listens here on its standard port. */
  readonly address: string
  readonly folder: string
  /** Sockets and mount points that must be short and reachable for other users; gone after a reboot. */
  readonly runtime: string
  readonly hosts: Readonly<Record<HostName, HostPlan>>
}

const lastByte: Readonly<Record<HostName, number>> = { alpha: 11, beta: 12, gamma: 13 }

export function isHostName(text: string): text is HostName {
  return allHosts.some(name => name === text)
}

export function isStaging(name: HostName): boolean {
  return stagingHosts.some(staging => staging === name)
}

/** @throws Problem (exit 64) when the name cannot be part of a folder or a file name. */
export function nameEstate(name: string, checkout: string): EstatePlan {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new Problem(`'${name}' cannot name an estate`, {
      hint: 'Use 1 to 31 lower-case letters, digits and dashes, for example --name staging.',
      exit: exits.usage,
    })
  }
  const digest = createHash('sha256').update(`${checkout}\0${name}`).digest()
  const id = digest.toString('hex').slice(0, 8)
  const short = id.slice(0, 4)
  const network = `10.99.${1 + (digest.readUInt32BE(4) % 254)}`
  const folder = join(checkout, '.sandbox', name)
  const host = (hostName: HostName): HostPlan => ({
    name: hostName,
    machine: `o${short}-${hostName}`,
    address: `${network}.${lastByte[hostName]}`,
    folder: join(folder, 'hosts', hostName),
  })
  return {
    name,
    id,
    checkout,
    bridge: `opsbr-${id}`,
    subnet: `${network}.0/24`,
    address: `${network}.1`,
    folder,
    runtime: join('/run/opencode-acp-ops', id),
    hosts: { alpha: host('alpha'), beta: host('beta'), gamma: host('gamma') },
  }
}
