/**
 * The estate's network: one bridge with no physical port, so that nothing of an estate is reachable from outside the
 * machine and its hosts have no route out.
 */
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { EstatePlan } from './name.ts'
import { exits, Problem } from './problem.ts'
import { attempt, run } from './shell.ts'

/** @throws Problem (exit 75) when something else on this machine holds the estate's subnet. */
export async function createBridge(plan: EstatePlan): Promise<void> {
  const holder = holderOf(plan)
  if (holder !== undefined) {
    throw new Problem(`the subnet ${plan.subnet} of estate '${plan.name}' is held by the interface ${holder}`, {
      hint: 'It belongs to another estate or to another program. Choose another name: --name NAME.',
      exit: exits.busy,
    })
  }
  await run('ip', ['link', 'add', plan.bridge, 'type', 'bridge'])
  await run('ip', ['addr', 'add', `${plan.address}/24`, 'dev', plan.bridge])
  await run('ip', ['link', 'set', plan.bridge, 'up'])
}

export async function removeBridge(plan: EstatePlan): Promise<void> {
  if (await bridgeExists(plan)) await run('ip', ['link', 'del', plan.bridge])
}

export async function bridgeExists(plan: EstatePlan): Promise<boolean> {
  return (await attempt('ip', ['link', 'show', plan.bridge])).ok
}

function holderOf(plan: EstatePlan): string | undefined {
  const prefix = plan.subnet.replace(/\.0\/24$/, '.')
  const entries = Object.entries(networkInterfaces())
  return entries.find(([name, list]) => name !== plan.bridge && list?.some(a => a.address.startsWith(prefix)))?.[0]
}

/**
 * A server of this machine that listens on every address takes the port on ours as well: better said before anything
 * starts than by a server that dies.
 */
export async function requireFreePorts(plan: EstatePlan, ports: readonly number[]): Promise<void> {
  const taken: number[] = []
  for (const port of ports) if (!(await canListen(plan.address, port))) taken.push(port)
  if (taken.length === 0) return
  throw new Problem(`port ${taken.join(', ')} of ${plan.address} is taken by a server that listens on every address`, {
    hint: `See which with 'ss -ltnp', and bind it to an address of its own (127.0.0.1, for example) or stop it.`,
    exit: exits.busy,
  })
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
