/** Whether this process may make a file that belongs to somebody else: a service must not lose the right to read its own. */
import { readFile } from 'node:fs/promises'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export interface Self {
  readonly uid: number
  readonly groups: readonly number[]
  /** Effective capabilities, a bit each. */
  readonly capabilities: bigint
}

const CAP_CHOWN = 1n << 0n
const CAP_FOWNER = 1n << 3n

export async function mayOwnFor(owner: Owner): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8')
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  const groups = [process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])]
  return mayGive({ uid: process.geteuid?.() ?? -1, groups, capabilities }, owner)
}

/** A file of one's own may go to a group of one's own; everything else takes a capability. */
export function mayGive({ uid, groups, capabilities }: Self, owner: Owner): boolean {
  const has = (capability: bigint) => (capabilities & capability) !== 0n
  if (owner.uid !== uid) return has(CAP_CHOWN) && has(CAP_FOWNER)
  return groups.includes(owner.gid) || has(CAP_CHOWN)
}
