/** TCP connections to a port of this host, as `ss` tells them: by state and by the other end's address. */
import { OpsError } from '../../domain/failures.ts'
import type { ConnectionReading } from '../../domain/incident/evidence.ts'
import { run, type ShellOptions } from './shell.ts'

export type PortConnections = Omit<ConnectionReading, 'sessions'>

/** Many connections make a long list; 8 MiB hold 80,000 of them. */
const MAX_BYTES = 8 * 1_048_576
const MOST_PEERS = 50

export async function readConnections(port: number, options: ShellOptions = {}): Promise<PortConnections> {
  const args = ['-Htan', `sport = :${port}`]
  const { ending, exitCode, stdout, stderr, truncated } = await run('ss', args, { maxBytes: MAX_BYTES, ...options })
  if (ending === 'exited' && exitCode === 0 && !truncated) return portConnections(port, stdout)
  const said = ending === 'deadline' ? 'no end in time' : truncated ? 'too many connections' : stderr.trim()
  const hint = `Run "ss -Htan 'sport = :${port}'" on the host by hand.`
  throw new OpsError({ owner: 'host', message: `ss failed: ${said.slice(0, 200)}`, hint })
}

export function portConnections(port: number, text: string): PortConnections {
  const peers = new Map<string, number>()
  const states = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [state, , , local, peer] = line.trim().split(/\s+/)
    if (state === undefined || state === '') continue
    if (local === undefined || peer === undefined) throw notUnderstood(line)
    states.set(state, (states.get(state) ?? 0) + 1)
    if (state === 'ESTAB') peers.set(addressOf(peer), (peers.get(addressOf(peer)) ?? 0) + 1)
  }
  return {
    port,
    isListening: states.has('LISTEN'),
    established: states.get('ESTAB') ?? 0,
    timeWait: states.get('TIME-WAIT') ?? 0,
    peers: [...peers]
      .map(([address, connections]) => ({ address, connections }))
      .toSorted((a, b) => b.connections - a.connections || (a.address < b.address ? -1 : 1))
      .slice(0, MOST_PEERS),
  }
}

/** `10.0.0.1:5`, `[2001:db8::1]:5` and `[::ffff:10.0.0.1]:5`, an IPv4 address on an IPv6 socket. */
function addressOf(peer: string): string {
  const address = peer.slice(0, peer.lastIndexOf(':')).replace(/^\[|\]$/g, '')
  return address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/, '')
}

function notUnderstood(line: string): OpsError {
  const message = `the output of ss was not understood: ${line.slice(0, 100)}`
  return new OpsError({ owner: 'tool', message, hint: 'This release reads ss of iproute2 4.15 and later.' })
}
