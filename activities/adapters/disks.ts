/** File systems that can fill up, by df's own formula, which counts the blocks reserved for root as neither used nor free (T42). */
import { readFile } from 'node:fs/promises'
import type { DiskFacts } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import { run, type ShellOptions } from './shell.ts'

const NOT_DISKS = ['-x', 'tmpfs', '-x', 'devtmpfs', '-x', 'squashfs', '-x', 'efivarfs'] as const

/** Where systemd and containers bind folders of the machine around them, whose disks are not this host's. */
const PLUMBING = /^\/(?:run\/(?:host|systemd|credentials)|proc|sys|dev)(?:\/|$)/

/** Bytes and inodes of each writable file system once, under its shortest mount point. */
export async function readDisks(options: ShellOptions = {}): Promise<readonly DiskFacts[]> {
  // df cannot print bytes and inodes together when fields are chosen by name.
  const [bytes, inodes, mounts] = await Promise.all([
    df(['-B1', '--output=source,fstype,size,used,avail,pcent,target', ...NOT_DISKS], options),
    df(['--output=itotal,iused,iavail,target', ...NOT_DISKS], options),
    hostMounts(),
  ])
  return diskFacts(bytes, inodes, mounts)
}

/**
 * The mounts as the host sees them. A hardened unit (ProtectSystem=strict) sees every disk read-only, which says nothing
 * about the disk, so process 1 is asked first.
 */
async function hostMounts(): Promise<string> {
  return await readFile('/proc/1/mountinfo', 'utf8').catch(() => readFile('/proc/self/mountinfo', 'utf8'))
}

interface Mount {
  /** Major and minor number: equal for bind mounts of one file system. */
  readonly device: string
  readonly isReadOnly: boolean
  /** Whether the whole file system is mounted here and not a folder of it. */
  readonly isWhole: boolean
}

export function diskFacts(bytes: string, inodes: string, mountinfo: string): readonly DiskFacts[] {
  const mounts = parseMounts(mountinfo)
  const inodesUsed = parseInodes(inodes)
  const byDevice = new Map<string, { readonly fact: DiskFacts; readonly mount: Mount | undefined }>()
  for (const fact of parseBytes(bytes)) {
    const mount = mounts.get(fact.mount)
    if (mount?.isReadOnly === true || PLUMBING.test(fact.mount)) continue
    const key = mount?.device ?? fact.source
    const known = byDevice.get(key)
    if (known !== undefined && !isBetter({ fact, mount }, known)) continue
    byDevice.set(key, { fact: { ...fact, inodesUsedPercent: inodesUsed.get(fact.mount) ?? null }, mount })
  }
  return [...byDevice.values()].map(({ fact }) => fact).toSorted((a, b) => (a.mount < b.mount ? -1 : 1))
}

interface Candidate {
  readonly fact: DiskFacts
  readonly mount: Mount | undefined
}

function isBetter(candidate: Candidate, known: Candidate): boolean {
  const whole = Number(candidate.mount?.isWhole ?? false) - Number(known.mount?.isWhole ?? false)
  return whole !== 0 ? whole > 0 : candidate.fact.mount.length < known.fact.mount.length
}

const ROW = /^(.+?)\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(?:\d+%|-)\s+(\/.*)$/

function parseBytes(text: string): readonly DiskFacts[] {
  return text.split('\n').flatMap(line => {
    const [, source, , size, used, available, mount] = ROW.exec(line) ?? []
    if (source === undefined || mount === undefined || !(Number(size) > 0)) return []
    const taken = Number(used)
    const free = Number(available)
    const usedPercent = taken + free === 0 ? 0 : (100 * taken) / (taken + free)
    return [{ mount, source, sizeBytes: Number(size), availableBytes: free, usedPercent, inodesUsedPercent: null }]
  })
}

/** Per cent of inodes by mount point. File systems that make inodes as they need them (btrfs) report none. */
function parseInodes(text: string): ReadonlyMap<string, number> {
  const rows = text.split('\n').flatMap((line): readonly (readonly [string, number])[] => {
    const [, total, used, available, mount] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\/.*)$/.exec(line) ?? []
    if (mount === undefined || !(Number(total) > 0)) return []
    return [[mount, (100 * Number(used)) / (Number(used) + Number(available))]]
  })
  return new Map(rows)
}

/** The last mount on a point hides those below it, so it wins. */
function parseMounts(mountinfo: string): ReadonlyMap<string, Mount> {
  const rows = mountinfo.split('\n').flatMap((line): readonly (readonly [string, Mount])[] => {
    const [, , device, root, target, options, ...rest] = line.split(' ')
    if (device === undefined || target === undefined || options === undefined) return []
    const ofFileSystem = rest.at(-1) ?? ''
    const isReadOnly = [...options.split(','), ...ofFileSystem.split(',')].includes('ro')
    return [[unescapeOctal(target), { device, isReadOnly, isWhole: root === '/' }]]
  })
  return new Map(rows)
}

function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_whole, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

async function df(args: readonly string[], options: ShellOptions): Promise<string> {
  const { ending, stdout, stderr } = await run('df', args, options)
  // df exits with 1 when a single mount point cannot be looked at; the others are still told.
  if (ending === 'exited' && stdout.trim().includes('\n')) return stdout
  const message = ending === 'deadline' ? 'df did not end in time' : `df failed: ${stderr.trim().slice(0, 200)}`
  throw new OpsError({ owner: 'host', message, hint: 'A network file system that hangs? See "findmnt -t nfs,nfs4".' })
}
