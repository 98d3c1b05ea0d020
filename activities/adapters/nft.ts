/**
 * Clients that may not reach a port of this host: elements of two sets in a table of our own, `inet ops_block`. Each change
 * is one transaction, so nothing is ever half done, and adding an element twice is adding it once. The next boot forgets it.
 */
import { isIPv6 } from 'node:net'
import { OpsError } from '../../domain/failures.ts'
import { listedSet } from './nft.schema.ts'
import { run, type ShellOptions } from './shell.ts'

export interface BlockedClient {
  /** As `nft` itself writes it: the shortest form. */
  readonly address: string
  readonly port: number
}

const TABLE = 'inet ops_block'

/** Before every other filter, so that no rule of the host lets it in first. Flushed, because rules have no identity. */
const STRUCTURE = [
  `add table ${TABLE}`,
  `add set ${TABLE} clients4 { type ipv4_addr . inet_service ; }`,
  `add set ${TABLE} clients6 { type ipv6_addr . inet_service ; }`,
  `add chain ${TABLE} input { type filter hook input priority -10 ; policy accept ; }`,
  `flush chain ${TABLE} input`,
  `add rule ${TABLE} input ip saddr . tcp dport @clients4 counter drop`,
  `add rule ${TABLE} input ip6 saddr . tcp dport @clients6 counter drop`,
]

/** Safe to repeat. Open connections fall silent too. */
export async function blockClient(client: BlockedClient, options: ShellOptions = {}): Promise<void> {
  await nft([[...STRUCTURE, `add element ${TABLE} ${element(client)}`].join('\n')], options)
}

/** Safe to repeat. */
export async function unblockClient(client: BlockedClient, options: ShellOptions = {}): Promise<void> {
  if (!(await isBlocked(client, options))) return
  await nft([`delete element ${TABLE} ${element(client)}`], options)
}

/** Throws OpsError `tool` when the host has no nft: without it nobody knows. */
export async function isBlocked(client: BlockedClient, options: ShellOptions = {}): Promise<boolean> {
  const shown = await run('nft', ['-j', 'list', 'set', ...TABLE.split(' '), setOf(client)], options)
  // Nobody was ever blocked since the boot.
  if (shown.ending === 'exited' && shown.exitCode === 1 && /No such file or directory/.test(shown.stderr)) return false
  if (shown.ending !== 'exited' || shown.exitCode !== 0) throw failed(shown.stderr)
  try {
    const listed = listedSet.parse(JSON.parse(shown.stdout))
    return listed.nftables
      .flatMap(({ set }) => set?.elem ?? [])
      .some(({ concat: [address, port] }) => address === client.address && Number(port) === client.port)
  } catch (cause) {
    const hint = 'This release reads nft 0.9 and later; run "nft -j list table inet ops_block" by hand.'
    throw new OpsError({ owner: 'tool', message: 'the output of nft was not understood', hint }, { cause })
  }
}

function setOf({ address }: BlockedClient): string {
  return isIPv6(address) ? 'clients6' : 'clients4'
}

function element(client: BlockedClient): string {
  return `${setOf(client)} { ${client.address} . ${client.port} }`
}

async function nft(args: readonly string[], options: ShellOptions): Promise<void> {
  const { ending, exitCode, stderr } = await run('nft', args, options)
  if (ending !== 'exited' || exitCode !== 0) throw failed(stderr)
}

function failed(stderr: string): OpsError {
  const message = `nft failed: ${stderr.trim().split('\n')[0]?.slice(0, 200) ?? ''}`
  if (/not permitted|permission denied/i.test(stderr)) {
    const hint = "The host worker's unit has to keep CAP_NET_ADMIN."
    return new OpsError({ owner: 'permission', message, hint })
  }
  return new OpsError({
    owner: 'host',
    message,
    hint: 'Run "nft list ruleset" on the host: does its kernel have nf_tables?',
  })
}
