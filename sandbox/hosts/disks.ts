/**
 * The file systems of a host: an overlay over the machine's own root (so that everything installed here is installed
 * there) whose changes go to one bounded ext4 file, and /var on another. A host that fills its disk fills only its own.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeDisk, mountDisk, mountOverlay, unmount } from '../estate/mounts.ts'
import type { HostPlan } from '../estate/name.ts'

export interface DiskSizes {
  readonly varBytes: number
  readonly rootBytes: number
}

export const defaultSizes: DiskSizes = { varBytes: 3 * 1024 ** 3, rootBytes: 2 * 1024 ** 3 }

export function rootOf(host: HostPlan): string {
  return join(host.folder, 'root')
}

export async function mountHost(host: HostPlan, sizes: DiskSizes): Promise<void> {
  const layers = join(host.folder, 'layers')
  const root = rootOf(host)
  await makeDisk(join(host.folder, 'root.img'), sizes.rootBytes)
  await mountDisk(join(host.folder, 'root.img'), layers)
  await mountOverlay('/', layers, root)
  await makeDisk(join(host.folder, 'var.img'), sizes.varBytes)
  await mountDisk(join(host.folder, 'var.img'), join(root, 'var'))
  fillVar(join(root, 'var'))
}

export async function unmountHost(host: HostPlan): Promise<void> {
  const root = rootOf(host)
  for (const point of [join(root, 'var'), root, join(host.folder, 'layers')]) await unmount(point)
}

/** What a host must know about its packages and accounts; systemd makes the rest of /var at boot. */
const inherited = ['lib/dpkg', 'lib/pam', 'lib/ucf', 'lib/apt/extended_states'] as const

/** Done once: the last step, the rename of lib, is what tells a filled /var from a half-filled one. */
function fillVar(target: string): void {
  if (existsSync(join(target, 'lib'))) return
  for (const entry of readdirSync(target)) {
    if (entry !== 'lost+found') rmSync(join(target, entry), { recursive: true })
  }
  for (const [link, to] of [
    ['run', '/run'],
    ['lock', '/run/lock'],
  ] as const)
    symlinkSync(to, join(target, link))
  const draft = mkdtempSync(join(target, 'draft-'))
  for (const path of inherited) {
    const from = join('/var', path)
    const to = join(draft, path)
    mkdirSync(dirname(to), { recursive: true })
    if (existsSync(from)) cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  }
  renameSync(join(draft, 'lib'), join(target, 'lib'))
  rmSync(draft, { recursive: true })
}
