// Whether this machine can carry a sandbox at all: operating system, processor, room on the disk.
import { readFileSync, statfsSync } from 'node:fs'
import { Refusal } from './refusal.mjs'

/** First start: packages of npm and Debian, the hosts' disks, and the build of the Temporal server. */
const bytesForFirstStart = 8 * 1024 ** 3
/** Later starts only add what the estate writes. */
const bytesForNextStart = 2 * 1024 ** 3

export function requireDebian12(osRelease = readOsRelease()) {
  const field = name => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1]
  if (field('ID') === 'debian' && field('VERSION_ID') === '12') return
  throw new Refusal(`the sandbox is made for Debian 12, and this is ${field('PRETTY_NAME') ?? process.platform}`, {
    hint: 'Use a Debian 12 machine. To run the procedures on a real estate none is needed: see README.md.',
    exit: 69,
  })
}

function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}

export function requireRoom(folder, isFirst) {
  const { bavail, bsize } = statfsSync(folder)
  const needed = isFirst ? bytesForFirstStart : bytesForNextStart
  if (bavail * bsize >= needed) return
  const gigabytes = bytes => `${(bytes / 1024 ** 3).toFixed(1)} GB`
  throw new Refusal(`only ${gigabytes(bavail * bsize)} are free at ${folder}; ${gigabytes(needed)} are needed`, {
    hint: 'Free some room and start again.',
    exit: 69,
  })
}
