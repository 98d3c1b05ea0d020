/** File systems on loop files, overlays over them, and taking all of it down again without leaving anything behind. */
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { attempt, run } from './shell.ts'

/** A sparse ext4 file of a given size, made once and kept. */
export async function makeDisk(file: string, bytes: number): Promise<'made' | 'kept'> {
  if (existsSync(file)) return 'kept'
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.new`
  writeFileSync(draft, '', { mode: 0o600 })
  truncateSync(draft, bytes)
  await run('mkfs.ext4', ['-q', '-m', '1', '-E', 'lazy_itable_init=1,lazy_journal_init=1', draft])
  await run('mv', [draft, file])
  return 'made'
}

export async function mountDisk(file: string, at: string): Promise<void> {
  mkdirSync(at, { recursive: true })
  await run('mount', ['-o', 'loop,noatime', file, at], {
    hint: 'The sandbox needs loop devices; a container without privileges does not offer them.',
  })
}

export async function mountOverlay(lower: string, layers: string, at: string): Promise<void> {
  for (const folder of [at, join(layers, 'upper'), join(layers, 'work')]) mkdirSync(folder, { recursive: true })
  const options = `lowerdir=${lower},upperdir=${join(layers, 'upper')},workdir=${join(layers, 'work')}`
  await run('mount', ['-t', 'overlay', 'overlay', '-o', options, at], {
    hint: 'The sandbox needs overlayfs and a checkout on a real disk (not on another overlay).',
  })
}

export async function unmount(at: string): Promise<void> {
  if (!mountsBelow(at).includes(at)) return
  const polite = await attempt('umount', [at])
  // Lazily when something still looks into it: the mount is gone from the tree at once, its loop when the last user is.
  if (!polite.ok) await run('umount', ['-l', at])
}

/** Mount points at or below a folder, innermost first. */
export function mountsBelow(
  folder: string,
  mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'),
): readonly string[] {
  const points = mountinfo
    .split('\n')
    .map(line => line.split(' ')[4])
    .filter(point => point !== undefined)
    .map(unescapeMount)
  return points.filter(point => point === folder || point.startsWith(`${folder}/`)).reverse()
}

/** The kernel writes blanks and backslashes of a path in octal. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** Loop devices whose file lies (or lay) in a folder. */
export function loopsOf(folder: string): readonly string[] {
  return readdirSync('/sys/block')
    .filter(name => name.startsWith('loop'))
    .filter(name => {
      try {
        return readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').startsWith(`${folder}/`)
      } catch {
        return false
      }
    })
    .map(name => `/dev/${name}`)
}

export async function releaseMounts(folder: string): Promise<void> {
  for (const point of mountsBelow(folder)) await unmount(point)
  for (const device of loopsOf(folder)) await attempt('losetup', ['-d', device])
}
