/** Drops what one client sends to the service's port, until it is taken back or the host boots. */
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Service } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import { allowOnly, planned } from '../../domain/incident/parameters.ts'
import type { BlockedClient } from '../adapters/nft.ts'
import { portOf } from '../service-port.ts'
import type { PlannedOrder, Workaround } from './workaround.ts'

export interface BlockClientPorts {
  readonly isBlocked: (client: BlockedClient) => Promise<boolean>
  readonly blockClient: (client: BlockedClient) => Promise<void>
  readonly unblockClient: (client: BlockedClient) => Promise<void>
}

export function createBlockClient(ports: BlockClientPorts): Workaround {
  return {
    async plan({ service, request }) {
      allowOnly('block-client', request.parameters, { address: 'one IPv4 or IPv6 address' })
      const { address: asked = '' } = request.parameters
      const client = { address: parseClient(asked), port: servicePort(service) }
      if (await ports.isBlocked(client)) throw alreadyBlocked(client)
      return {
        title: `block ${client.address} from port ${client.port} on ${request.host}`,
        steps: [`nft add element inet ops_block: drop TCP from ${client.address} to port ${client.port}`],
        undo: `nft delete element inet ops_block: ${client.address} . ${client.port}`,
        impact: `Whoever comes from ${client.address} is cut off, also everybody behind the same address translation. The next boot of the host takes it back.`,
        parameters: { address: client.address },
        before: { blocked: 'no' },
      }
    },

    /** Safe to repeat: an element is in a set once. */
    async apply(order) {
      const client = plannedClient(order)
      await ports.blockClient(client)
      return `${client.address} can no longer reach port ${client.port}`
    },

    async look(order) {
      const client = plannedClient(order)
      const isBlocked = await ports.isBlocked(client)
      return {
        state: isBlocked ? 'done' : 'not-done',
        summary: `${client.address} is ${isBlocked ? '' : 'not '}blocked`,
      }
    },

    /** Safe to repeat. */
    async revert(order) {
      const client = plannedClient(order)
      await ports.unblockClient(client)
      return `${client.address} can reach port ${client.port} again`
    },
  }
}

const NEVER = new BlockList()
NEVER.addSubnet('127.0.0.0', 8)
NEVER.addSubnet('0.0.0.0', 8)
NEVER.addSubnet('224.0.0.0', 3)
NEVER.addAddress('::1', 'ipv6')
NEVER.addAddress('::', 'ipv6')
NEVER.addSubnet('ff00::', 8, 'ipv6')

/** An address of somebody else, in its shortest form. Throws OpsError `operator` for anything else. */
export function parseClient(text: string): string {
  const family = isIP(text)
  if (family === 0 || text.includes('%')) {
    throw refused(`${JSON.stringify(text.slice(0, 60))} is no IP address`)
  }
  // `URL` knows the one shortest form of an IPv6 address.
  const address = family === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text
  // The plain form is meant, and it alone is what connections are told by.
  if (address.startsWith('::ffff:')) throw refused(`${address} is an IPv4 address in disguise`)
  if (NEVER.check(address, family === 6 ? 'ipv6' : 'ipv4')) throw refused(`${address} cannot be a client of its own`)
  if (ownAddresses().includes(address)) throw refused(`${address} is this host itself`)
  return address
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap(all => (all ?? []).map(({ address }) => address))
}

function servicePort({ acp }: Service): number {
  if (acp.kind === 'http') return portOf(acp.url)
  const hint = 'An agent on standard streams has no clients in the network.'
  throw new OpsError({ owner: 'operator', message: 'the service has no port', hint })
}

function plannedClient({ service, plan }: PlannedOrder): BlockedClient {
  allowOnly('block-client', plan.parameters, { address: 'one IPv4 or IPv6 address' })
  return { address: parseClient(planned(plan.parameters, 'address')), port: servicePort(service) }
}

function refused(message: string): OpsError {
  const hint = 'Name the address of one client, as the evidence "connections" shows it: address=203.0.113.7.'
  return new OpsError({ owner: 'operator', message, hint })
}

function alreadyBlocked({ address, port }: BlockedClient): OpsError {
  const hint = 'Look at "nft list table inet ops_block" on the host.'
  return new OpsError({ owner: 'operator', message: `${address} is already blocked from port ${port}`, hint })
}
